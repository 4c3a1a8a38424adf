import { type RefObject, useEffect, useRef } from 'react';

/** Whether the component is still mounted: a late answer must not navigate the user away. */
export function useIsMounted(): Readonly<RefObject<boolean>> {
  const isMounted = useRef(false);
  useEffect(() => {
    isMounted.current = true;
    return () => {
      isMounted.current = false;
    };
  }, []);
  return isMounted;
}
