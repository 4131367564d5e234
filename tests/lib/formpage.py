"""What a browser does with the forms of a page: it sends what stands in them, but for what is changed."""
from html.parser import HTMLParser

from browser import Browser


class Forms(HTMLParser):
    """The forms of a page: action, encoding, and what would be sent as (name, value)."""

    def __init__(self, text):
        super().__init__()
        self.forms, self.now, self.select, self.options, self.area = [], None, None, [], None
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        a = dict(attrs)
        if tag == "form":
            self.now = {"action": a.get("action", ""), "method": a.get("method", "get"), "multipart": "multipart" in a.get("enctype", ""), "fields": [], "buttons": []}
            self.forms.append(self.now)
        elif self.now is None:
            return
        elif tag == "input" and a.get("name"):
            kind = a.get("type", "text")
            if kind not in ("checkbox", "radio", "file") or "checked" in a:
                self.now["fields"].append((a["name"], a.get("value", "")))
        elif tag == "select":
            self.select, self.options = a.get("name"), []
        elif tag == "option" and self.select:
            self.options.append((a.get("value", ""), "selected" in a))
        elif tag == "textarea":
            self.area = [a.get("name"), ""]
        elif tag == "button":
            self.now["buttons"].append((a.get("name"), a.get("value")))

    def handle_data(self, data):
        if self.area:
            self.area[1] += data

    def handle_endtag(self, tag):
        if tag == "form":
            self.now = None
        elif tag == "select" and self.select:
            chosen = [v for v, s in self.options if s] or [v for v, _ in self.options[:1]]
            self.now["fields"] += [(self.select, v) for v in chosen[:1]]
            self.select = None
        elif tag == "textarea" and self.area:
            self.now["fields"].append((self.area[0], self.area[1].removeprefix("\n")))
            self.area = None


class FormBrowser(Browser):
    def get(self, path, follow=True):
        self.path = path.split("#")[0]
        a = super().get(self.path, False)
        while follow and a.status == 303:
            self.path = a.location.split("#")[0]
            a = super().get(self.path, False)
        a.path = self.path
        return a

    def form(self, page, action=None):
        """The form that is posted to ${action} (its end), else the first that is not the sign-out."""
        for f in Forms(page.text).forms:
            if f["method"] == "post" and (f["action"].endswith(action) if action else f["action"] != "/sign-out"):
                return f
        raise AssertionError(f"no form {action}: {page.words()[:600]}")

    def value(self, page, name):
        """What stands in a field: None when it is not asked."""
        return next((v for n, v in self.form(page)["fields"] if n == name), None)

    def submit(self, page, change=None, button=None, action=None, files=None, follow=True):
        """Send a form: ${change} replaces by name (None takes it out, a list sends several), ${button} is what "do" says."""
        f = self.form(page, action)
        fields = [(n, v) for n, v in f["fields"] if n != "token" and n not in (change or {})]
        for n, v in (change or {}).items():
            fields += [(n, x) for x in (v if isinstance(v, list) else [] if v is None else [v])]
        if button:
            fields.append(("do", button))
        token = next(v for n, v in f["fields"] if n == "token")
        a = self.post(f["action"] or self.path, fields, files if files is not None else [] if f["multipart"] else None, follow=False, token=token)
        return self.get(a.location) if follow and a.status == 303 else a
