import '@testing-library/jest-dom';
import { act, configure } from '@testing-library/react';

// A page is loaded when it is opened, and the first one compiles: on a busy
// machine that takes longer than the default second.
configure({ asyncUtilTimeout: 60_000 });
jest.setTimeout(180_000);

/*
 * What jsdom has not: sizes. Virtual lists and the graph draw only what fits
 * into their frame, so here every element is 800 × 600.
 */
class TestResizeObserver implements ResizeObserver {
  constructor(private readonly callback: ResizeObserverCallback) {}

  observe(target: Element) {
    const size = [{ inlineSize: 800, blockSize: 600 }];
    const entry = {
      target,
      contentRect: { width: 800, height: 600 } as DOMRectReadOnly,
      borderBoxSize: size,
      contentBoxSize: size,
      devicePixelContentBoxSize: size,
    };
    this.callback([entry as ResizeObserverEntry], this);
  }

  unobserve() {}

  disconnect() {}
}

global.ResizeObserver = TestResizeObserver;
(global as any).DOMMatrixReadOnly = class {
  m22 = 1;
};
Object.defineProperties(HTMLElement.prototype, {
  offsetWidth: { configurable: true, get: () => 800 },
  offsetHeight: { configurable: true, get: () => 600 },
  clientWidth: { configurable: true, get: () => 800 },
  clientHeight: { configurable: true, get: () => 600 },
  // What is within a list says how high it is; without it none can be scrolled.
  scrollHeight: {
    configurable: true,
    get(this: HTMLElement) {
      const heights = Array.from(this.children, child =>
        parseFloat((child as HTMLElement).style?.height ?? ''),
      );
      return Math.max(600, ...heights.filter(Number.isFinite));
    },
  },
});
Element.prototype.scrollTo = function scrollTo(
  this: Element,
  options?: ScrollToOptions | number,
) {
  if (typeof options === 'object') {
    this.scrollTop = options.top ?? this.scrollTop;
    this.scrollLeft = options.left ?? this.scrollLeft;
    // A browser tells of it later, not from within the call.
    setTimeout(() => act(() => void this.dispatchEvent(new Event('scroll'))));
  }
} as typeof Element.prototype.scrollTo;
(SVGElement.prototype as any).getBBox = () => ({
  x: 0,
  y: 0,
  width: 0,
  height: 0,
});
