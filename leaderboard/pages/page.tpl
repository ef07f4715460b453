{{! Every page: index.html, cells/*/*.html, reference/*.html. }}
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<meta name="generator" content="dfkd site">
<title>{{title}}</title>
<link rel="stylesheet" href="{{root}}style.css">
<script defer src="{{root}}data.js"></script>
<script defer src="{{root}}app.js"></script>
</head>
<body>
<a class="skip" href="#main">Skip to the results</a>
<main id="main">
{{#index}}{{>index}}{{/index}}
{{#cell}}{{>cell}}{{/cell}}
{{#reference}}{{>reference}}{{/reference}}
</main>
<footer>
<p>Made by dfkd-bench from score files. Numbers are percent with one decimal; a dash is a number that does not exist, with its reason beside it.</p>
</footer>
</body>
</html>
