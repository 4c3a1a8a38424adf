import { Skeleton } from '../ui/skeleton.tsx';

/** Shown until a page has loaded. */
export function PageSkeleton() {
  return (
    <div className="page stack" aria-busy="true">
      <span className="hidden-visually">Loading</span>
      <Skeleton height="3.5rem" width="60%" />
      <Skeleton height="1.5rem" width="40%" />
      <Skeleton height="14rem" />
    </div>
  );
}
