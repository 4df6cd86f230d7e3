// bittorrent-tracker on addresses of the lab: UDP, UDP over IPv6, HTTP and WebSocket, and a log of what it was asked.
// lines.mjs is its language. Does not know who announces.

import Server from '../../build/npm/node_modules/bittorrent-tracker/server.js'
import { obey, cpu } from './lines.mjs'

const servers = []
const asked = []

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
  // Everything but connects since the last `asked`, by all servers.
  asked: () => ({ asked: asked.splice(0) }),
  cpu
})
