/** Height of a row in pixels; fixed, so that nothing jumps. */
export const ROW_HEIGHT = 52;

/** Columns, shared by head and rows. */
export const COLUMNS =
  '44px minmax(232px, 2.4fr) minmax(84px, 0.8fr) minmax(116px, 1fr) 76px 212px 80px 172px 32px';
