import type { Theme } from '@material-ui/core/styles';
import type { Loader, LoggerInterface, View } from 'vega';
import type { Config, TopLevelSpec } from 'vega-lite';

/**
 * Reads a Vega-Lite report.
 *
 * A chart without a width of its own takes that of the page, and the schema's
 * address is dropped: version 5 is drawn by version 6, which reads it.
 *
 * @throws Error when it is no JSON object.
 */
export function readVegaLite(text: string): TopLevelSpec {
  const spec = JSON.parse(text);
  if (typeof spec !== 'object' || spec === null || Array.isArray(spec)) {
    throw new Error('A Vega-Lite chart is a JSON object');
  }
  const { $schema: _, ...rest } = spec;
  const single = 'mark' in rest || 'layer' in rest;
  // Within a facet, the width is that of each small chart.
  const { row, column, facet } = rest.encoding ?? {};
  return single && rest.width === undefined && !row && !column && !facet
    ? { ...rest, width: 'container' }
    : rest;
}

/** How a chart looks that says nothing of its own about it. */
export function vegaLiteConfig(theme: Theme): Config {
  const { text, divider } = theme.palette;
  const font = theme.typography.fontFamily;
  return {
    background: 'transparent',
    font,
    axis: {
      labelColor: text.secondary,
      titleColor: text.primary,
      domainColor: divider,
      gridColor: divider,
      tickColor: divider,
    },
    header: { labelColor: text.secondary, titleColor: text.primary },
    legend: { labelColor: text.secondary, titleColor: text.primary },
    title: { color: text.primary, subtitleColor: text.secondary },
    view: { stroke: divider },
    rule: { color: text.secondary },
    text: { color: text.primary },
  };
}

/**
 * What a chart asks for from elsewhere is refused, as for reports in HTML: a
 * task wrote it, and whoever looks at it must not be seen doing so.
 */
export function refusingLoader(): Loader {
  const refuse = async (uri: string): Promise<never> => {
    throw new Error(
      `${
        uri.length > 100 ? `${uri.slice(0, 100)}…` : uri
      } is not loaded; put the data into the report`,
    );
  };
  return {
    load: refuse,
    http: refuse,
    file: refuse,
    // The addresses of images and links pass here.
    sanitize: async (uri: string) =>
      /^data:image\/(png|jpeg|gif|webp|svg\+xml)[;,]/.test(uri)
        ? { href: uri }
        : refuse(uri),
  };
}

/** Vega's level for warnings and what is worse. */
const WARN = 2;

/** Hands warnings and errors to `tell` instead of the console. */
export function tellingLogger(
  tell: (message: string) => void,
): LoggerInterface {
  const logger: LoggerInterface = {
    level: ((value?: number) =>
      value === undefined ? WARN : logger) as LoggerInterface['level'],
    error: (...parts) => say(logger, parts),
    warn: (...parts) => say(logger, parts),
    info: () => logger,
    debug: () => logger,
  };
  function say(self: LoggerInterface, parts: readonly unknown[]) {
    tell(
      parts
        .map(part => (part instanceof Error ? part.message : String(part)))
        .join(' '),
    );
    return self;
  }
  return logger;
}

/**
 * Draws a chart into an element, without `eval`: expressions are interpreted,
 * so the page's Content-Security-Policy may forbid it.
 *
 * @returns the view; whoever asked for it calls `finalize`.
 * @throws Error when it is no valid chart.
 */
export async function drawVegaLite(options: {
  spec: TopLevelSpec;
  config: Config;
  into: HTMLElement;
  tell: (message: string) => void;
}): Promise<View> {
  const [vega, { compile }, { expressionInterpreter }] = await Promise.all([
    import('vega'),
    import('vega-lite'),
    import('vega-interpreter'),
  ]);
  const logger = tellingLogger(options.tell);
  const { spec } = compile(options.spec, { config: options.config, logger });
  const view = new vega.View(vega.parse(spec, undefined, { ast: true }), {
    expr: expressionInterpreter,
    renderer: 'svg',
    container: options.into,
    hover: true,
    loader: refusingLoader(),
    logger,
  });
  await view.runAsync();
  return view;
}
