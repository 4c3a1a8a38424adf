import './card.css';
import type { ComponentProps } from 'react';

/** Groups content that belongs together. */
export function Card({ className, ...rest }: ComponentProps<'div'>) {
  return <div {...rest} className={className === undefined ? 'card' : `card ${className}`} />;
}
