/* What pages gain from JavaScript; they are complete without. */
(function () {
	'use strict';
	var wrong = document.querySelector('[aria-invalid="true"]');

	if (wrong)
		(wrong.matches('fieldset') ? wrong.querySelector('input') || wrong : wrong).focus();

	/* a second press while the first is on its way would send the form twice */
	document.addEventListener('submit', function (event) {
		if (event.target.getAttribute('data-sent'))
			event.preventDefault();
		else
			event.target.setAttribute('data-sent', '1');
	});
	window.addEventListener('pageshow', function () {
		var sent = document.querySelectorAll('form[data-sent]'), i;

		for (i = 0; i < sent.length; i++)
			sent[i].removeAttribute('data-sent');
	});
})();

/* A form being filled in: kept as it is typed, and asked what else is to be answered; a position from the device; printing. */
(function () {
	'use strict';
	var part = document.querySelector('[data-keep]'), form = part && part.closest && part.closest('form'), timer, busy = false, typed = 0, i, list;

	function names(root) {
		var all = root.querySelectorAll('[name]'), out = [], k;

		for (k = 0; k < all.length; k++)
			if (out[out.length - 1] !== all[k].name)
				out.push(all[k].name);
		return out.join(' ');
	}

	/* what is asked may have changed: put it in, and stay where the reader is */
	function take(html) {
		var fresh = document.createElement('div'), at = document.activeElement && document.activeElement.id;

		fresh.innerHTML = html;
		if (names(fresh) === names(part))
			return;
		part.innerHTML = html;
		offer();
		if (at && document.getElementById(at))
			document.getElementById(at).focus();
	}

	function keep() {
		var data, seen = typed, files;

		if (busy)
			return;
		busy = true;
		data = new FormData(form);
		files = form.querySelectorAll('input[type=file]');
		for (i = 0; i < files.length; i++)
			data['delete'](files[i].name);
		data.append('do', 'auto');
		fetch(part.getAttribute('data-keep'), { method: 'POST', body: data, credentials: 'same-origin' }).then(function (r) {
			return r.status === 200 && !r.redirected ? r.text() : '';
		}).then(function (html) {
			busy = false;
			if (typed !== seen)
				later(500);
			else if (html)
				take(html);
		}, function () {
			busy = false;
		});
	}

	function later(ms) {
		clearTimeout(timer);
		timer = setTimeout(keep, ms);
	}

	function locate(event) {
		var field = document.getElementById(event.target.getAttribute('data-locate'));

		navigator.geolocation.getCurrentPosition(function (p) {
			field.value = p.coords.latitude.toFixed(6) + ', ' + p.coords.longitude.toFixed(6);
			typed++;
			later(500);
		}, null, { enableHighAccuracy: true, timeout: 60000 });
	}

	/* browsers give a position to pages of this machine and to HTTPS only */
	function offer() {
		list = document.querySelectorAll('[data-locate]');
		for (i = 0; i < list.length && navigator.geolocation && window.isSecureContext; i++) {
			list[i].hidden = false;
			list[i].addEventListener('click', locate);
		}
	}

	offer();
	list = document.querySelectorAll('[data-print]');
	for (i = 0; i < list.length && window.print; i++) {
		list[i].hidden = false;
		list[i].addEventListener('click', function () {
			window.print();
		});
	}
	if (!form || !window.fetch || !window.FormData || !FormData.prototype['delete'])
		return;
	form.addEventListener('input', function () {
		typed++;
		later(4000);
	});
	form.addEventListener('change', function (event) {
		typed++;
		if (event.target.type === 'file')
			form.querySelector('button[value=look]').click();
		else
			later(100);
	});
})();
