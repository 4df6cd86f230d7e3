// node tests/tools/world.mjs: makes src/peers/atlas_data.c, the coast lines of the map, from Natural Earth's public-domain data
// as the npm package world-atlas has it. Needs npm and tar; fetches one file, checked, into build/npm.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';

const PACKAGE = 'world-atlas@2.0.2';
const SHA256 = '032e7765f2ce00edaeafec23ff22bc3b77e42987c257da944cc585b452c05b97';
const FILE = 'package/land-50m.json';
const UNIT = 10; // to the degree
const POINTS = 4600; // at most: what the continents are still good with
const SMALLEST = 0.12; // square degrees of an island that is drawn
const SOUTH = -60; // Antarctica has no peers
const COLUMNS = 120;

function fetchAtlas() {
	const folder = 'build/npm';
	mkdirSync(folder, { recursive: true });
	const name = execFileSync('npm', ['pack', '--silent', '--pack-destination', folder, PACKAGE], { encoding: 'utf8' }).trim();
	const archive = readFileSync(`${folder}/${name}`);
	const sum = createHash('sha256').update(archive).digest('hex');
	if (sum !== SHA256)
		throw new Error(`${name} has the checksum ${sum}, not ${SHA256}`);
	return JSON.parse(execFileSync('tar', ['-xzOf', `${folder}/${name}`, FILE], { maxBuffer: 1 << 26 }));
}

// TopoJSON: arcs of steps from point to point; a negative number is the arc ~number backwards.
function decodeArcs({ arcs, transform: { scale, translate } }) {
	return arcs.map(arc => {
		let x = 0, y = 0;
		return arc.map(([dx, dy]) => {
			x += dx;
			y += dy;
			return [x * scale[0] + translate[0], y * scale[1] + translate[1]];
		});
	});
}

function rings(topology) {
	const arcs = decodeArcs(topology);
	const join = ring => ring.flatMap((index, i) => {
		const arc = index < 0 ? arcs[~index].slice().reverse() : arcs[index];
		return i ? arc.slice(1) : arc;
	});
	const found = [];
	const walk = geometry => {
		if (geometry.type === 'GeometryCollection')
			geometry.geometries.forEach(walk);
		else
			(geometry.type === 'Polygon' ? [geometry.arcs] : geometry.arcs).forEach(p => p.forEach(r => found.push(join(r))));
	};
	Object.values(topology.objects).forEach(walk);
	return found;
}

function area(ring) {
	let sum = 0;
	for (let i = 1; i < ring.length; i++)
		sum += ring[i - 1][0] * ring[i][1] - ring[i][0] * ring[i - 1][1];
	return Math.abs(sum / 2);
}

// Where a ring runs along the edge of the data, at 180 degrees or in the far south, or jumps over it, there is no coast.
function coasts(ring) {
	const edge = (a, b) => Math.abs(a[0] - b[0]) > 180 || (Math.abs(a[0]) > 179.9 && Math.abs(b[0]) > 179.9) ||
		(a[1] < SOUTH && b[1] < SOUTH);
	const lines = [[ring[0]]];
	for (let i = 1; i < ring.length; i++) {
		if (edge(ring[i - 1], ring[i]))
			lines.push([ring[i]]);
		else
			lines.at(-1).push(ring[i]);
	}
	return lines.filter(line => line.length > 1);
}

function distance([x, y], [ax, ay], [bx, by]) {
	const dx = bx - ax, dy = by - ay, length = dx * dx + dy * dy;
	const t = length ? Math.max(0, Math.min(1, ((x - ax) * dx + (y - ay) * dy) / length)) : 0;
	return Math.hypot(x - ax - t * dx, y - ay - t * dy);
}

// Douglas and Peucker: a point stays where leaving it out would move the line by more than the tolerance.
function simplify(line, tolerance) {
	let far = 0, most = 0;
	for (let i = 1; i < line.length - 1; i++) {
		const d = distance(line[i], line[0], line.at(-1));
		if (d > most)
			[far, most] = [i, d];
	}
	if (most <= tolerance)
		return [line[0], line.at(-1)];
	return [...simplify(line.slice(0, far + 1), tolerance).slice(0, -1), ...simplify(line.slice(far), tolerance)];
}

function rounded(line) {
	const points = line.map(([x, y]) => [Math.round(x * UNIT), Math.round(y * UNIT)]);
	return points.filter(([x, y], i) => !i || x !== points[i - 1][0] || y !== points[i - 1][1]);
}

function simplified(lines, tolerance) {
	return lines.map(line => rounded(simplify(line, tolerance))).filter(line => line.length > 2);
}

const count = lines => lines.reduce((sum, line) => sum + line.length, 0);

const all = rings(fetchAtlas()).filter(ring => area(ring) >= SMALLEST).flatMap(coasts);
let tolerance = 0.02, lines;
do {
	tolerance *= 1.05;
	lines = simplified(all, tolerance);
} while (count(lines) > POINTS);

let text = `/* Made by tests/tools/world.mjs from Natural Earth (public domain), 1:50 million; do not edit. ${count(lines)} points
 * of ${lines.length} lines, within ${tolerance.toFixed(2)} degrees of the original. */
#include "peers/atlas_data.h"

/* clang-format off */
const int16_t atlas_coasts[] = {
`;
let row = '';
for (const word of [...lines.flatMap(line => [...line.map(([x, y]) => `${x},${y},`), 'ATLAS_BREAK,']), 'ATLAS_END']) {
	if (row.length + word.length > COLUMNS) {
		text += row + '\n';
		row = '';
	}
	row += word;
}
writeFileSync('src/peers/atlas_data.c', `${text}${row}\n};\n`);
console.log(`src/peers/atlas_data.c: ${count(lines)} points, ${lines.length} lines, tolerance ${tolerance.toFixed(2)}`);
