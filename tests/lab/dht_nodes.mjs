// Many bittorrent-dht nodes in one process, each on its own address, and peers that they announce. lines.mjs is its
// language. Does not know who looks them up.

import crypto from 'crypto'
import DHT from '../../build/npm/node_modules/bittorrent-dht/index.js'
import { obey, sleep, cpu } from './lines.mjs'

const PORT = 6881
const JOINING = 20 // nodes at a time; more would lose packets, and then nodes would not know their neighbours
const ANNOUNCING = 8
const nodes = []
const asked = new Map()
let first = 0
let last = 0

// With a step of 257 no two share a /24.
const address = (prefix, number) => `${prefix}.${number >> 8 & 255}.${number & 255}`

function start (host, bootstrap) {
  return new Promise((resolve, reject) => {
    const node = new DHT({ host, bootstrap, maxTables: 4000, timeBucketOutdated: 1 << 30 })
    node.setMaxListeners(0)
    node.on('error', reject)
    node.on('warning', () => {})
    node.on('get_peers', hash => {
      last = performance.now()
      first = first || last
      const hex = Buffer.from(hash).toString('hex')
      asked.set(hex, (asked.get(hex) || 0) + 1)
    })
    node.listen(PORT, host, () => resolve(node))
  })
}

// A lookup in parallel with others; how many nodes answered does not matter.
const settle = (node, method, ...args) => new Promise(resolve => node[method](...args, resolve))

async function inTurns (count, parallel, work) {
  let next = 0
  await Promise.all(Array.from({ length: parallel }, async () => {
    while (next < count) await work(next++)
  }))
}

obey({
  // `count` nodes on PREFIX.0.1 and up; `via` ("host:port") = they join that network, else the first one begins one.
  start: async ({ count, prefix, via, step = 1 }) => {
    for (let i = 0; i < count; i++) {
      const known = via || (nodes.length ? `${nodes[0].address().address}:${PORT}` : false)
      nodes.push(await start(address(prefix, (nodes.length + 1) * step), known))
      if (i % JOINING === 0) await sleep(20)
    }
    // Twice, since the first of them joined a network that had few nodes.
    for (let round = 0; round < 2; round++) {
      await inTurns(nodes.length, JOINING, i => settle(nodes[i], 'lookup', nodes[i].nodeId))
    }
    return { nodes: nodes.map(node => `${node.address().address}:${PORT}`) }
  },
  // Peers of an info-hash: that many nodes announce it. Returns { hash: how many }; a hash is made up where null.
  announce: async ({ swarms }) => {
    const truth = {}
    const jobs = []
    swarms.forEach(({ hash, peers }, number) => {
      hash = hash || crypto.createHash('sha1').update(`swarm ${number}`).digest('hex')
      if (peers > nodes.length) throw new Error(`${peers} peers, but ${nodes.length} nodes`)
      truth[hash] = peers
      // A stride that is no divisor: neighbours in the list are other nodes for every swarm.
      for (let i = 0; i < peers; i++) jobs.push([nodes[(number * 7 + i * 11) % nodes.length], hash])
    })
    // All look up first: a node that has peers already tells no nodes, and announces would end there.
    await inTurns(jobs.length, ANNOUNCING, i => settle(jobs[i][0], 'lookup', jobs[i][1]))
    await inTurns(jobs.length, ANNOUNCING, i => settle(jobs[i][0], 'announce', jobs[i][1], 6881 + i % 1000))
    return { truth }
  },
  // How often each info-hash was asked for, since the last `asked`, and within how many seconds.
  asked: () => {
    const found = { asked: Object.fromEntries(asked), seconds: (last - first) / 1000 }
    asked.clear()
    first = last = 0
    return found
  },
  cpu
})
