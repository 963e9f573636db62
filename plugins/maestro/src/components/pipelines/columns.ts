/** Height of a row in pixels; fixed, so that nothing jumps. */
export const ROW_HEIGHT = 52;

/** Columns, shared by head and rows. */
export const COLUMNS =
  '48px minmax(190px, 2fr) minmax(90px, 1fr) minmax(130px, 1.2fr) 92px 236px 84px minmax(150px, 1fr) 44px';
