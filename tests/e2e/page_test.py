"""What the tests of pages share: screens, dark and light, how texts stand out, stories told with one browser."""
import os

from swarmtop_test import note, ok, part, same

SCREENS = {"desktop": (1440, 900, False), "laptop": (1100, 800, False), "tablet": (820, 1100, True), "phone": (390, 844, True),
           "narrow": (320, 640, True)}
# Two frames later: what was changed is laid out and drawn.
SETTLE = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
# The colour of a text, and the one behind it.
COLOURS = ("(one => { let at = one; while (at && /, 0\\)$|transparent/.test(getComputedStyle(at).backgroundColor)) at = at.parentElement; "
           "return [getComputedStyle(one).color, getComputedStyle(at || document.body).backgroundColor]; })(document.querySelector('%s'))")


def luminance(colour):
    parts = [int(part) / 255 for part in colour[colour.index("(") + 1:-1].split(",")[:3]]
    red, green, blue = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(a, b):
    """WCAG 2.1, the contrast ratio."""
    low, high = sorted((luminance(a), luminance(b)))
    return (high + 0.05) / (low + 0.05)


def stands_out(browser, what, ratio, name):
    ink, back = browser.run(COLOURS % what)
    ok(contrast(ink, back) >= ratio, name + what + " stands out", (ink, back))


def colour_stays(browser, what, name):
    """What is told by a filled area is there in a high contrast theme too: [how many there are, how many nobody sees]."""
    filled = ("(all => [all.length, all.filter(one => getComputedStyle(one).backgroundColor === getComputedStyle(one.parentElement)"
              ".backgroundColor || ['rgb(255, 255, 255)', 'rgb(0, 0, 0)', 'rgba(0, 0, 0, 0)'].includes(getComputedStyle(one).backgroundColor))"
              ".length])([...document.querySelectorAll('%s')])" % what)
    for scheme in ("light", "dark"):
        browser.few_colours(True, scheme)
        browser.run(SETTLE)
        count, lost = browser.run(filled)
        ok(count and not lost, "%s, %s: %s are seen" % (name, scheme, what), (count, lost))
    browser.few_colours(False)


def each_look(browser, screens, open_page, kind):
    """Opens the page on each screen, dark and light; yields a name for what is looked at then. PICTURES in the environment is a
    folder for pictures of them."""
    for screen in screens:
        for scheme in ("light", "dark"):
            browser.size(*SCREENS[screen])
            browser.scheme(scheme)
            open_page()
            browser.run(SETTLE)
            name = "%s, %s: " % (screen, scheme)
            same((browser.errors, browser.dialogs), ([], []), name + "no complaint")
            ok(browser.run("document.documentElement.scrollWidth <= innerWidth"), name + "no wider than the screen")
            yield name
            if os.environ.get("PICTURES"):
                browser.run("scrollTo(0, 0)")
                browser.picture(os.path.join(os.environ["PICTURES"], "%s-%s-%s.png" % (kind, screen, scheme)))


def tell_of(*args, stories, prefix=""):
    """Each story in turn, of the same things; one that breaks does not end the others."""
    for story in stories:
        note("%s%s: %s" % (prefix, story.__name__, story.__doc__))
        with part(prefix + story.__name__):
            story(*args)
