/* What the scripts of all pages begin with: elements, quantities for people (words.js has their
 * numbers). Texts from outside are set as text, never as
 * markup. */
const SVG = "http://www.w3.org/2000/svg";
const UNKNOWN = "\u2013";
const element = id => document.getElementById(id);

const make = (tag, name, text) => {
	const made = document.createElement(tag);
	if (name)
		made.className = name;
	if (text !== undefined)
		made.textContent = text;
	return made;
};

const shape = (tag, attributes, text) => {
	const made = document.createElementNS(SVG, tag);
	for (const key in attributes)
		made.setAttribute(key, attributes[key]);
	if (text !== undefined)
		made.textContent = text;
	return made;
};

const bytes = size => {
	const units = ["B", "kB", "MB", "GB", "TB", "PB"];
	let unit = 0;
	while (size >= 999.5 && unit < units.length - 1) {
		size /= 1000;
		unit++;
	}
	return (size < 9.95 && unit ? decimal(size, 1) : Math.round(size)) + " " + units[unit];
};

const age = seconds => {
	if (seconds < 120)
		return Math.max(0, Math.floor(seconds)) + " s";
	if (seconds < 7200)
		return Math.floor(seconds / 60) + " min";
	if (seconds < 172800)
		return Math.floor(seconds / 3600) + " h";
	return fill(_("%s d"), count(Math.floor(seconds / 86400)));
};
