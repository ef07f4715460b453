{{! A number, or a dash with its reason for pointers and screen readers. }}
{{#text}}{{text}}{{#note}} <span class="ci">{{note}}</span>{{/note}}{{/text}}{{#missing}}<span class="null" title="{{missing}}"><span aria-hidden="true">–</span><span class="vh">missing: {{missing}}</span></span>{{/missing}}
