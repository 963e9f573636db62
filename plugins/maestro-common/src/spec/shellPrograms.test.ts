import { saidOf } from '../__testUtils__/entity';

const saidOfCommand = (command: string[]) =>
  saidOf({
    params: { properties: { n: {} } },
    tasks: [{ id: 'a', run: { command } }],
  });

it.each<[string[], number]>([
  // [command, place of the program]
  [['sh', '-c', 'echo ${{ params.n }}'], 2],
  [['sh', '-c', '${{ params.n }}'], 2],
  [['/bin/bash', '-ec', 'echo ${{ params.n }}'], 2],
  [['bash', '-euxc', 'echo ${{ params.n }}'], 2],
  [['bash', '-cx', 'echo ${{ params.n }}'], 2],
  [['zsh', '-e', '-c', 'echo ${{ params.n }}', 'zsh'], 3],
])('warns of an expression in the program of %j', (command, place) => {
  expect(saidOfCommand(command)).toStrictEqual([
    `warning: spec.tasks[0].run.command[${place}]: An expression inside a shell program can inject commands; pass it as an environment variable or as an argument of its own`,
  ]);
});

it.each([
  [['sh', '-c', 'echo hello']],
  [['sh', '-c', 'echo $${{ x }}']],
  [['sh', '-c', 'echo "$1"', 'sh', '${{ params.n }}']],
  [['sh', '-c']],
  [['sh', '${{ params.n }}']],
  [['sh', 'a.sh', '${{ params.n }}']],
  [['sh', 'x-c', '${{ params.n }}']],
  [['sh', '-c=1', '${{ params.n }}']],
  [['python', '-c', 'print(${{ params.n }})']],
  [['fish.py', '-c', '${{ params.n }}']],
  [['true']],
])('says nothing about %j', command => {
  expect(saidOfCommand(command)).toStrictEqual([]);
});
