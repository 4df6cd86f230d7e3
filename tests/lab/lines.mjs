// The language of the lab's programs: one JSON object per line on stdin ({"do": NAME, ...}), one answer per line on
// stdout ({"ok": true, ...} or {"ok": false, "error": TEXT}); the program ends when stdin does. Knows no command.

import readline from 'readline'

export function say (answer) {
  process.stdout.write(JSON.stringify(answer) + '\n')
}

// commands: { name: async (members of the request) => members of the answer }. One after the other.
export function obey (commands) {
  const input = readline.createInterface({ input: process.stdin })
  let last = Promise.resolve()
  input.on('line', line => {
    last = last.then(async () => {
      try {
        const { do: name, ...request } = JSON.parse(line)
        say({ ok: true, ...await commands[name](request) })
      } catch (error) {
        say({ ok: false, error: String(error) })
      }
    })
  })
  input.on('close', () => process.exit(0))
}

export const sleep = ms => new Promise(resolve => setTimeout(resolve, ms))

// User and system CPU of this process so far, in seconds.
export function cpu () {
  const used = process.cpuUsage()
  return { seconds: (used.user + used.system) / 1e6 }
}
