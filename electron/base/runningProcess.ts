/** Which process is meant by a number, and whether it still runs: for what a killed process leaves behind. */

/** Whether a process with this number runs now, whoever it belongs to. */
export function isRunning(pid: number): boolean {
  try {
    // Signal 0 only asks.
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as { code?: string }).code === 'EPERM'
  }
}

/** Number and start of this process: a number alone comes again after a restart of the machine. The start of a name. */
export function processName(): string {
  return `${process.pid}-${Math.floor(performance.timeOrigin)}`
}

/** Whether the process that began a file's or folder's name with its `processName()` has ended. */
export function isLeftBehind(name: string): boolean {
  if (name.startsWith(`${processName()}-`)) return false
  const pid = Number(/^(\d+)-\d+-/.exec(name)?.[1])
  return !Number.isInteger(pid) || pid === process.pid || !isRunning(pid)
}
