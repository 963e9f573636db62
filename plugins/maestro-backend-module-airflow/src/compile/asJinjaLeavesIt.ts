/** Airflow renders texts without a template too, which changes their lines. */
export function asJinjaLeavesIt(text: string): string {
  return text.replace(/\r\n?/g, '\n').replace(/\n$/, '');
}
