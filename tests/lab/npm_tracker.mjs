// bittorrent-tracker on addresses of the lab: UDP, UDP over IPv6, HTTP and WebSocket, these with TLS if wished, and a
// log of what it was asked.
// lines.mjs is its language. Does not know who announces.

import { readFileSync } from 'fs'
import tls from 'tls'
import Server from '../../build/npm/node_modules/bittorrent-tracker/server.js'
import { obey, cpu } from './lines.mjs'

const servers = []
const asked = []
let refused = 0

class Listening extends Server {
  _onRequest (params, cb) {
    if (params && params.action !== 0) {
      const hashes = [].concat(params.info_hash || []).map(String)
      asked.push({ kind: params.type, action: params.action === 1 ? 'announce' : 'scrape', hashes })
    }
    super._onRequest(params, cb)
  }
}

obey({
  // udp, udp6, http: addresses; WebSocket is on http's. Returns their ports. What is not given is not served.
  listen: ({ udp, udp6, http, port = 0 }) => new Promise((resolve, reject) => {
    const server = new Listening({ udp: !!(udp || udp6), http: !!http, ws: !!http, stats: false })
    servers.push(server)
    server.on('error', reject)
    server.on('warning', () => {})
    server.listen(port, { udp: udp || '127.0.0.1', udp6: udp6 || '::1', http }, () => resolve({
      udp: server.udp4 && server.udp4.address().port,
      udp6: server.udp6 && server.udp6.address().port,
      http: server.http && server.http.address().port
    }))
  }),
  // The latest tracker once more, behind TLS, on a port of this address: HTTP takes what comes out of it.
  secure: ({ address, port = 0, cert, key }) => new Promise((resolve, reject) => {
    const http = servers.at(-1).http
    const server = tls.createServer({ cert: readFileSync(cert), key: readFileSync(key) }, socket => {
      http.emit('connection', socket)
    })
    server.on('error', reject)
    server.on('tlsClientError', () => refused++)
    server.listen(port, address, () => resolve({ port: server.address().port }))
  }),
  // Everything but connects since the last `asked`, by all servers.
  asked: () => ({ asked: asked.splice(0) }),
  // How many handshakes did not come to their end.
  refused: () => ({ refused }),
  cpu
})
