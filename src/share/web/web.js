/* The page's life: ask for the overview when a poll is due, draw it, and say so when nobody answers. */
translateDocument();

const FEW = {countries: 12, heat: 15, clients: 12, networks: 12};
const BUSY = 503;
const view = {data: null, timer: 0, failures: 0, part: "World", zone: "", past: 0, patience: 0};

/* An error that the monitor explains is an answer too. A login in the address of the page is not to be sent that way. */
const ask = path => fetch(new URL(path, location.origin + location.pathname), {cache: "no-store", signal: AbortSignal.timeout(15000)}).then(answer => {
	if (!answer.ok && answer.status !== 400)
		throw Object.assign(new Error(fill(_("the monitor answers %s"), answer.status)), {status: answer.status});
	return answer.json();
});

/* ---- what stands above all ---- */

const showSources = sources => {
	const list = element("sources");
	while (list.children.length > sources.length)
		list.lastChild.remove();
	sources.forEach((source, i) => {
		if (!list.children[i]) {
			const item = make("li"), dot = make("span", "dot");
			dot.setAttribute("aria-hidden", "true");
			item.append(dot, make("span"));
			list.append(item);
		}
		const item = list.children[i];
		item.className = source.state === "ok" ? "ok" : source.state === "connecting" ? "" : "bad";
		item.title = source.url + (source.version ? "\nTransmission " + source.version : "") + (source.error ? "\n" + said(source.error) : "");
		setText(item.lastChild, source.name + (source.state === "ok"
			? " \u00b7 " + _n("%s torrent", "%s torrents", source.torrents) : " \u00b7 " + _(source.state)));
	});
	const troubles = sources.filter(source => source.error).map(source => source.name + ": " + said(source.error));
	complain(troubles.join("\n"));
};

const complain = text => {
	const trouble = element("trouble");
	setText(trouble, text);
	trouble.hidden = !text;
};

const showTime = () => {
	const data = view.data, when = element("when");
	if (!data)
		return;
	if (!data.data_time)
		return setText(when, _("no answer yet"));
	const seconds = data.age + (performance.now() - view.got) / 1000, old = seconds > 1.5 * data.refresh + 1;
	when.classList.toggle("old", old || data.paused);
	setText(when, clock(new Date(data.data_time)) + (old ? ", " + fill(_("%s ago"), age(seconds)) : "") +
		(data.paused ? ", " + _("paused") : ""));
};

const tile = (list, name, value, less) => {
	let box = list.querySelector("[data-name='" + name + "']");
	if (!box) {
		box = make("div");
		box.dataset.name = name;
		box.append(make("dt", "", _(name)), make("dd"));
		list.append(box);
	}
	const dd = box.lastChild;
	if (!dd.firstChild)
		dd.append(make("span"), make("span", "less"));
	setText(dd.firstChild, value);
	setText(dd.lastChild, less || "");
};

/* A history that was begun while the monitor runs knows less than the monitor. */
const ofAllTime = (data, key) => data.all_time && data.all_time.sightings >= data.sightings && data.all_time[key] >= data[key]
	? fill(_("of %s of all time"), brief(data.all_time[key])) : "";

const showTiles = data => {
	const list = element("tiles"), about = data.unique_exact ? "" : "~";
	tile(list, N_("Connections"), count(data.connections), data.excluded && data.excluded.sightings
		? _n("+ %s left out", "+ %s left out", data.excluded.connections) : "");
	tile(list, N_("Addresses"), count(data.addresses));
	tile(list, N_("Upload"), rate(data.rate_up));
	tile(list, N_("Download"), rate(data.rate_down));
	tile(list, N_("Unique"), about + brief(data.unique), ofAllTime(data, "unique"));
	tile(list, N_("Seen"), brief(data.sightings), ofAllTime(data, "sightings"));
};

/* ---- alerts ---- */

const showAlerts = alerts => {
	const panel = element("alerts"), list = panel.querySelector("ul");
	const key = JSON.stringify(alerts.map(alert => [alert.name, alert.state, alert.since, alert.values]));
	panel.hidden = !alerts.length;
	if (list.dataset.key === key)
		return;
	list.dataset.key = key;
	list.replaceChildren(...alerts.slice().sort((a, b) => (b.state === "raised") - (a.state === "raised")).map(alert => {
		const item = make("li", alert.state === "raised" ? "raised" : "dim"), name = make("strong", "", alert.name);
		item.append(name, " " + (alert.state === "raised" ? fill(_("raised since %s"), moment(new Date(alert.since))) : _("not raised")));
		if (alert.values)
			item.append(make("span", "dim", " \u00b7 " + alert.values));
		item.title = alert.when;
		return item;
	}));
};

/* ---- networks, with a geo database of them ---- */

const showNetworks = (networks, total) => {
	const rows = byNow(networks);
	element("networks").hidden = !rows.length;
	fillWhole("networks", networkColumns(total, rows.some(row => row.kind)), rows.slice(0, more.networks.limit), row => "AS" + row.asn,
		_("None yet."));
	more.networks.tell(rows.length, fill(_("Show all %s networks"), count(rows.length)));
};

/* ---- composition ---- */

const ORIGINS = {tracker: N_("tracker"), incoming: N_("incoming"), dht: "DHT", pex: "PEX", lpd: N_("local"), ltep: "LTEP",
	cache: N_("cache")};

const TAG_STATES = {reading: N_("reading"), unreadable: N_("unreadable"), "no-asn-database": N_("needs an ASN database")};

const showMix = data => {
	const box = within("mix", "div"), mix = data.mix, all = data.connections;
	const from = Object.values(mix.origins).reduce((sum, n) => sum + n, 0);
	const rows = [[_("encrypted"), mix.encrypted, all], ["\u00b5TP", mix.utp, mix.utp_known], [_("incoming"), mix.incoming, all],
		[_("seeds"), mix.seeds, all], ["IPv6", mix.ipv6, all], [_("uploading to"), mix.uploading, all]];
	const line = ([name, part, whole, why]) => {
		const row = make("div", "row");
		row.append(make("span", "", name), make("span"), make("span", "number", part === null ? why : percent(part, whole)));
		bar(row.children[1], whole ? part / whole : 0);
		row.title = part === null ? "" : fill(_("%s of %s"), count(part), count(whole));
		return row;
	};
	box.replaceChildren(...rows.map(line));
	if (data.tags && data.tags.length)
		box.append(make("h3", "", _("Tags")), ...data.tags.map(tag => line([tag.tag, tag.connections, all,
			_(TAG_STATES[tag.state])])));
	if (from)
		box.append(make("h3", "", _("Where peers come from")), ...Object.keys(ORIGINS).filter(key => mix.origins[key])
			.map(key => line([_(ORIGINS[key]), mix.origins[key], from])));
};

/* ---- log ---- */

/* "NAME: what is wrong": the name is nobody's word to translate, and may have a colon of its own. */
const told = text => {
	const [name] = view.data.sources.map(source => source.name + ": ").filter(name => text.startsWith(name))
		.sort((a, b) => b.length - a.length);
	if (name)
		return name + said(text.slice(name.length));
	const ends = [0, ...Array.from(text.matchAll(/: /g), found => found.index + 2)];
	const at = ends.find(end => said(text.slice(end)) !== text.slice(end));
	return at === undefined ? text : text.slice(0, at) + said(text.slice(at));
};

const showLog = events => {
	const list = within("log", "ol"), lines = events.map(event => [event.time, moment(new Date(event.time)), told(event.text)]);
	const key = JSON.stringify(lines);
	if (list.dataset.key === key)
		return;
	list.dataset.key = key;
	list.replaceChildren(...lines.map(([at, text, what]) => {
		const item = make("li"), time = make("time", "", text);
		time.dateTime = at;
		item.append(time, what);
		return item;
	}));
	if (!events.length)
		list.append(make("li", "dim", _("Nothing has happened yet.")));
};

/* ---- history ---- */

const drawPast = past => {
	const gap = Math.max(past.step * 2.5, 3 * view.data.refresh);
	const line = at => past.points.map(point => [point[0], point[at]]);
	drawLines(element("past-connections"), {label: _("Connections"), write: value => count(Math.round(value)), from: past.since,
		to: past.until, gap, series: [{label: _("on average"), points: line(1)}, {label: _("at most"), name: "peak", points: line(2)}]});
	drawLines(element("past-rates"), {label: _("Rates"), write: value => rate(value), from: past.since, to: past.until, gap,
		series: [{label: _("up"), points: line(4)}, {label: _("down"), name: "second", points: line(5)}]});
	drawDays(element("past-days"), past.by_day, view.zone);
};

/* What is saved only now and then need not be asked for at every poll. While a slow disk is being read what is shown stays,
 * and it is asked for again soon. */
const refreshPast = (force, tries = 0) => {
	const section = element("past"), range = element("past-range").value;
	if (section.hidden || (!force && performance.now() - view.past < 300000 && view.past))
		return;
	clearTimeout(view.patience);
	const history = view.history, overtaken = () => range !== element("past-range").value || history !== view.history;
	view.past = performance.now();
	ask("api/v1/history?range=" + range).then(past => {
		if (overtaken())
			return;
		view.pastData = past;
		drawPast(past);
	}).catch(error => {
		if (overtaken())
			return;
		if (error.status !== BUSY) {
			view.past = 0;
			return;
		}
		if (!view.pastData)
			element("past-connections").replaceChildren(make("figcaption", "dim", _("The history is being read.")));
		view.patience = setTimeout(refreshPast, Math.min(5000, 500 * Math.pow(1.5, tries)), true, tries + 1);
	});
};

/* Another file: nothing that is shown of the old one is true of it. */
const changeHistory = history => {
	if (view.history === history)
		return;
	view.history = history;
	view.past = 0;
	view.pastData = null;
	for (const id of ["past-connections", "past-rates", "past-days"])
		element(id).replaceChildren();
};

/* ---- all of it ---- */

/* No way to what is not there. */
const showWays = () => document.querySelectorAll("nav a").forEach(way => {
	way.hidden = element(way.hash.slice(1)).hidden;
});

const more = {};
const show = () => {
	const data = view.data, countries = byNow(data.countries);
	const allTime = ofAllTime(data, "sightings") ? new Map(data.all_time.countries.map(one => [one.code, one.sightings])) : null;
	const most = Math.max(1, ...countries.map(row => row.connections));
	data.countries.forEach(row => nameOf.set(row.code, row.name));
	document.title = _n("%s connection", "%s connections", data.connections) + " \u2013 swarmtop";
	view.zone = zoneOf(data.utc_offset, data.data_time ? new Date(data.data_time) : new Date());
	showSources(data.sources);
	showTime();
	showAlerts(data.alerts || []);
	showTiles(data);
	fillWhole("countries", countryColumns(most, allTime), countries.slice(0, more.countries.limit), row => row.code,
		_("Nobody was seen yet."));
	more.countries.tell(countries.length, fill(_("Show all %s countries"), count(countries.length)));
	drawHours(within("hours", "figure"), data.hours, data.hour, view.zone);
	drawTrend(within("trend", "figure"), data.trend, data.refresh);
	showMix(data);
	drawMap(data.map, view.part);
	drawHeat(within("heat", "table"), data.countries.slice(0, more.heat.limit), data.heatmap, data.hour);
	setText(element("heat-zone"), view.zone);
	drawHeatLegend(element("heat-legend"), data.countries, data.heatmap);
	more.heat.tell(data.countries.length, fill(_("Show all %s countries"), count(data.countries.length)));
	fillWhole("clients", clientColumns(data.connections), data.clients.slice(0, more.clients.limit), row => row.client, _("None yet."));
	more.clients.tell(data.clients.length, data.client_families > data.clients.length
		? fill(_("Show all %s of %s clients"), count(data.clients.length), count(data.client_families))
		: fill(_("Show all %s clients"), count(data.clients.length)));
	showNetworks(data.networks || [], data.connections);
	showLog(data.events);
	element("past").hidden = !data.all_time;
	showWays();
	setText(element("version"), "swarmtop " + data.version);
};

/* The licence of the database wants its credit with a link. */
const showCredit = text => {
	const credit = element("credit"), url = /https?:\/\/[^\s)]+[^\s).,]/.exec(text || "");
	if (credit.dataset.text === (text || ""))
		return;
	credit.dataset.text = text || "";
	credit.replaceChildren(text || "");
	if (url) {
		const link = make("a", "", url[0]);
		link.href = url[0];
		link.rel = "noreferrer";
		credit.replaceChildren(text.slice(0, url.index), link, text.slice(url.index + url[0].length));
	}
};

const again = seconds => {
	clearTimeout(view.timer);
	view.timer = setTimeout(refresh, seconds * 1000);
};

/* Soon after the next poll, which takes some time itself. */
const nextPoll = data => {
	const left = data.age === null ? 1 : data.refresh - data.age + Math.min(1, data.refresh / 4);
	return Math.max(left > 0 ? 0.5 : Math.min(5, Math.max(1, data.refresh / 4)), left);
};

const refresh = () => {
	clearTimeout(view.timer);
	if (document.hidden)
		return;
	ask("api/v1/overview").then(data => {
		const fresh = !view.data || data.poll !== view.data.poll;
		if (data.error)
			throw new Error(data.error);
		view.data = data;
		view.got = performance.now();
		view.failures = 0;
		document.body.classList.remove("lost");
		show();
		showCredit(data.credit);
		if (fresh) {
			refreshPeers();
			refreshTorrents();
		}
		changeHistory(data.history);
		refreshPast(false);
		again(nextPoll(data));
	}).catch(error => {
		view.failures++;
		document.body.classList.add("lost");
		complain(fill(_("The monitor cannot be reached%s. What is shown may be old; it is tried again."),
			error.name === "TypeError" || error.name === "TimeoutError" ? "" : " (" + error.message + ")"));
		again(Math.min(30, Math.pow(2, view.failures)));
	});
};

const PEERS = {none: _("No peer fits the filter."), all: n => _n("%s peer", "%s peers", n)};
const TORRENTS = {none: _("No torrent fits the filter."), all: n => _n("%s torrent", "%s torrents", n)};
const refreshPeers = distantTable("peers", PEERS, peerColumns, row => row.address, "rate-up", ask);
const refreshTorrents = distantTable("torrents", TORRENTS, torrentColumns, (row, i) => row.name + "\n" + row.first_seen, "peers", ask);

for (const id in FEW)
	more[id] = moreButton(id + "-more", FEW[id], show);
for (const part in PARTS)
	element("map-zoom").append(Object.assign(make("option", "", _(part)), {value: part}));
element("map-zoom").addEventListener("change", event => {
	view.part = event.target.value;
	if (view.data)
		drawMap(view.data.map, view.part);
});
element("past-range").addEventListener("change", () => refreshPast(true));
element("hide").addEventListener("change", refreshPeers);
document.addEventListener("visibilitychange", refresh);
document.addEventListener("keydown", event => {
	if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || /INPUT|SELECT/.test(event.target.tagName))
		return;
	event.preventDefault();
	element("peers-filter").focus();
});
let resized = 0;
addEventListener("resize", () => {
	clearTimeout(resized);
	resized = setTimeout(() => {
		if (view.data)
			show();
		if (view.pastData)
			drawPast(view.pastData);
	}, 150);
});
setInterval(showTime, 1000);
refresh();
