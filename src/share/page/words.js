/* The words of a page in the reader's language: the first of those that the browser names for which there is a catalogue,
 * else English. Before this stand CATALOGUES, made of src/share/po, and NESTED, made of nested.txt. */
const tongue = (() => {
	for (const tag of navigator.languages || [navigator.language]) {
		const [wanted, base] = [tag.toLowerCase(), tag.toLowerCase().split("-")[0]];
		const names = Object.keys(CATALOGUES);
		const name = names.find(one => one.toLowerCase().replace("_", "-") === wanted) || names.find(one => one.split("_")[0] === base);
		if (name)
			return {tag, ...CATALOGUES[name]};
		if (base === "en")
			break;
	}
	return {tag: "en", plural: n => Number(n !== 1), words: {}, formats: []};
})();

const wordOf = text => Object.hasOwn(tongue.words, text) ? tongue.words[text] : undefined;

/* As in the program: `make po` collects what stands in _(), N_() and _n(). */
const _ = text => {
	const word = wordOf(text);
	return Array.isArray(word) ? word[0] : word || text;
};
const N_ = text => text;

/* A translation may put its values in another order: %2$s. */
const fill = (format, ...values) => {
	let next = 0;
	return format.replace(/%(?:%|(?:(\d+)\$)?[-+ #0-9.*]*[a-z]+)/g, (all, at) => all === "%%" ? "%" : values[at ? at - 1 : next++]);
};

/* ---- numbers ---- */

const counts = new Intl.NumberFormat(tongue.tag);
const count = number => counts.format(number);
const decimals = [1, 2].map(places => new Intl.NumberFormat(tongue.tag, {minimumFractionDigits: places, maximumFractionDigits: places}));
const decimal = (number, places) => decimals[places - 1].format(number);
const monthOf = date => new Intl.DateTimeFormat(tongue.tag, {month: "short"}).format(date);

/* The form for n things, with their number in it. */
const _n = (one, many, n) => {
	const forms = wordOf(one);
	return fill(Array.isArray(forms) ? forms[tongue.plural(n)] : n === 1 ? one : many, count(n));
};

/* ---- what the program has written in English ---- */

/* Which sentence it was is known by its format; what was put into it is put into the other. */
const patterns = tongue.formats.slice().sort((a, b) => b.length - a.length).map(format => {
	const parts = format.replace(/%%/g, "\0").split(/%([-+ #0-9.*]*[a-z]+)/);
	const pattern = parts.map((part, i) => i % 2 === 0 ? part.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&").replace(/\0/g, "%") :
		part.endsWith("s") ? "(.*?)" : "([-0-9.]+)").join("");
	return [new RegExp("^" + pattern + "$", "s"), format];
});

const said = text => {
	if (wordOf(text))
		return _(text);
	for (const [pattern, format] of patterns) {
		const found = pattern.exec(text), ours = NESTED.filter(one => one[0] === format).map(one => one[1]);
		if (found)
			return fill(_(format), ...found.slice(1).map((part, i) => ours.includes(i) ? said(part) : part));
	}
	return text;
};

/* The words of the document itself; those of others have translate="no" about them. */
const translateDocument = () => {
	const nodes = document.createTreeWalker(document.body, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT, node =>
		node.nodeType === Node.ELEMENT_NODE && (!node.translate || /^(script|style|noscript)$/i.test(node.tagName))
			? NodeFilter.FILTER_REJECT : NodeFilter.FILTER_ACCEPT);
	for (let node = nodes.nextNode(); node; node = nodes.nextNode()) {
		if (node.nodeType === Node.TEXT_NODE) {
			const text = node.data.replace(/\s+/g, " ").trim();
			if (text)
				node.data = node.data.replace(/\S.*\S|\S/s, () => said(text));
			continue;
		}
		for (const name of ["title", "aria-label", "placeholder"])
			if (node.hasAttribute(name))
				node.setAttribute(name, said(node.getAttribute(name)));
	}
	document.documentElement.lang = tongue.tag;
	document.title = said(document.title);
};
