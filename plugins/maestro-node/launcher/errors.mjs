/** Nothing runs and nothing will: becomes an ExecutorError on the other side. */
export class LaunchError extends Error {
  constructor(failure, message, options) {
    super(message, options);
    this.name = 'LaunchError';
    this.failure = failure;
  }
}

/** Linux' names for what refused a launch, as a sentence. */
export function describeSystemError(error) {
  switch (error.code) {
    case 'ENOSPC':
    case 'EDQUOT':
      return 'the disk of the data directory is full: free some space';
    case 'E2BIG':
      return 'arguments and environment together are too large for Linux: pass large data in a file';
    case 'EAGAIN':
      return 'the system allows no more processes (ulimit -u, or pids of the container)';
    case 'ENOMEM':
      return 'the system has no memory for another process';
    case 'EMFILE':
    case 'ENFILE':
      return 'the system allows no more open files (ulimit -n)';
    default:
      return error.message;
  }
}
