/** Height of a row in pixels; fixed, so that nothing jumps. */
export const ROW_HEIGHT = 52;

/** Columns, shared by head and rows; where there is room for all of them. */
export const COLUMNS =
  '44px minmax(232px, 2.4fr) minmax(84px, 0.8fr) minmax(116px, 1fr) 76px 212px 80px 172px 32px';

/** Columns of a narrow window: owner and schedule stand below the name. */
export const NARROW_COLUMNS =
  '44px minmax(180px, 1fr) 70px 212px 74px 150px 32px';

/** Windows of this width and more have room for all columns, in pixels. */
export const WIDE_FROM = 1280;
