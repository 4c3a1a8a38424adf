import './card.css';
import type { ComponentProps } from 'react';

/** Something that belongs together. */
export function Card({ className, ...rest }: ComponentProps<'div'>) {
  return <div {...rest} className={className === undefined ? 'card' : `card ${className}`} />;
}
