/**
 * What tests of a backend give to what they test. Needs Jest's globals.
 *
 * @packageDocumentation
 */
import type { LoggerService } from '@backstage/backend-plugin-api';

/**
 * A logger that says nothing and keeps what it was told; its children are
 * itself. The one of `@backstage/backend-test-utils` does the same, but that
 * package brings every service of a backend along: seconds for each test file.
 *
 * @public
 */
export function mockLogger(): jest.Mocked<LoggerService> {
  const logger: jest.Mocked<LoggerService> = {
    error: jest.fn(),
    warn: jest.fn(),
    info: jest.fn(),
    debug: jest.fn(),
    child: jest.fn(),
  };
  logger.child.mockReturnValue(logger);
  return logger;
}
