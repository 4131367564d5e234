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
