/*
 * Material UI 4 finds elements by findDOMNode, in each button for one, and React
 * 18.3 warns of that once in each file of tests, with a stack of the test that
 * was first. Nothing of ours calls it, and Material UI 4 will not change. It is
 * said here once and for nobody, so that the warnings that are left concern us.
 */
if (typeof document !== 'undefined') {
  const { findDOMNode } = require('react-dom');
  const { error } = console;
  console.error = () => {};
  findDOMNode(null);
  console.error = error;
}
