import { type RefObject, useEffect, useRef } from 'react';

/** Whether the component is still mounted: a late answer must not navigate the user away. */
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
