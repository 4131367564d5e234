"""A cadre's way through the pages in a real browser: what is pressed and typed, and what each page that is met must keep."""
import json, os, re

import axe
from chromium import Chromium
from world import BUILD, TOP

SHOTS = os.path.join(BUILD, "screenshots")
PAGE_MAX = 60000


def chinese():
    """English text -> Chinese, of web/po."""
    out = {}
    for name in os.listdir(os.path.join(TOP, "web", "po")):
        if name.endswith(".po"):
            text = open(os.path.join(TOP, "web", "po", name), encoding="utf-8").read()
            out.update((json.loads(a), json.loads(b)) for a, b in re.findall(r'^msgid (".*")\nmsgstr (".*")$', text, re.M))
    return out


class Walk:
    def __init__(self, address, lang, axe_text, scripts=True, wide=False):
        self.at, self.lang, self.axe, self.scripts, self.wide = "http://" + address, lang, axe_text, scripts, wide
        self.c = Chromium(320, 720, lang)
        self.zh = chinese() if lang == "zh" else {}
        self.wrong, self.seen, self.judged = [], 0, 0
        os.makedirs(SHOTS, exist_ok=True)
        self.c.script(scripts)
        self.c.call("Network.setCookie", url=self.at, name="lang", value=lang)

    def t(self, text):
        return self.zh.get(text, text)

    def go(self, path, shot=None):
        self.c.open(self.at + path)
        self.look(shot)

    def press(self, selector, shot=None):
        self.c.gone(f"document.querySelector({json.dumps(selector)}).click()")
        self.look(shot)

    def follow(self, text, shot=None):
        """A link by its English words."""
        self.c.gone(f"[...document.querySelectorAll('main a')].find(a => a.textContent.trim() === {json.dumps(self.t(text))}).click()")
        self.look(shot)

    def fill(self, **values):
        """Type, choose or tick by the name of a control; "__" stands for ":"."""
        script = """((name, value) => {
            var all = [...document.getElementsByName(name)], e = all.find(x => x.type === 'radio' || x.type === 'checkbox' ? x.value === value : true);
            if (!e) throw new Error('no ' + name + ' ' + value);
            if (e.type === 'radio' || e.type === 'checkbox') { if (!e.checked) e.click(); return; }
            e.focus(); e.value = value;
            e.dispatchEvent(new Event('input', { bubbles: true }));
            if (e.tagName === 'SELECT') e.dispatchEvent(new Event('change', { bubbles: true }));
        })"""
        for name, value in values.items():
            self.c.run(f"{script}({json.dumps(name.replace('__', ':'))}, {json.dumps(value)})")

    def value(self, name):
        return self.c.run(f"(e => e ? e.value : null)(document.getElementsByName({json.dumps(name)})[0])")

    def has(self, selector):
        return self.c.run(f"!!document.querySelector({json.dumps(selector)})")

    def text(self):
        return self.c.run("document.body.innerText")

    def path(self):
        return self.c.run("location.pathname")

    def says(self, *texts):
        seen = re.sub(r"\s+", "", self.text())
        return all(re.sub(r"\s+", "", part) in seen for t in texts for part in re.split(r"\{\d\}", self.t(t)))

    def errors(self):
        return self.c.run("[...document.querySelectorAll('.error')].map(e => e.textContent)")

    def look(self, shot=None):
        """What every page keeps: no sideways scrolling, small, nothing in the console; with a name also a picture and axe."""
        self.seen += 1
        where = f"{self.lang} {shot or self.path()}"
        over = self.c.run("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        size = self.c.run("(n => n ? n.decodedBodySize : 0)(performance.getEntriesByType('navigation')[0])")
        if over > 0:
            wide = self.c.run("[...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > innerWidth + 1).map(e => e.outerHTML.slice(0, 100)).slice(0, 3)")
            self.wrong.append(f"{where}: {over} px wider than the screen: {wide}")
        if size > PAGE_MAX:
            self.wrong.append(f"{where}: {size} bytes")
        # a form that is sent back with errors is no error of the page
        self.wrong += [f"{where}: console: {t}" for t in self.c.trouble if not re.search(r"status of (404|422)", t)]
        self.c.trouble = []
        if shot is None:
            return
        self.c.script(True)
        if self.axe:
            self.judged += 1
            self.wrong += [f"{where}: axe: {v}" for v in axe.judge(self.c, self.axe)]
        self.c.picture(os.path.join(SHOTS, f"{shot}-{self.lang}-320.png"))
        if self.axe and self.wide:
            self.c.dark(True)
            self.wrong += [f"{where}: axe, dark: {v}" for v in axe.judge(self.c, self.axe, ["color-contrast"])]
            self.c.dark(False)
        if self.wide:
            self.c.size(1024)
            self.c.picture(os.path.join(SHOTS, f"{shot}-{self.lang}-1024.png"))
            self.c.size(320, 720)
        self.c.script(self.scripts)

    def close(self):
        self.c.close()
