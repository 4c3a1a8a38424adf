import { type RefObject, useEffect, useRef } from 'react';

/** Whether the page is still looked at: what ends later must not take somebody elsewhere. */
export function useIsHere(): Readonly<RefObject<boolean>> {
  const isHere = useRef(false);
  useEffect(() => {
    isHere.current = true;
    return () => {
      isHere.current = false;
    };
  }, []);
  return isHere;
}
