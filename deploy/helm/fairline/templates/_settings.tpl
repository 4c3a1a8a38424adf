{{/*
The settings that each part reads: required and optional ones of the Secret, and plain ones of
`settings`. test/deploy/chart.test.ts compares them with what the parts read.
*/}}
{{- define "fairline.settings" -}}
api:
  required: [DATABASE_URL, REDIS_URL, AUTH_JWT_SECRET]
  secret:
    - AUTH_JWT_SECRET_PREVIOUS
    - STRIPE_SECRET_KEY
    - STRIPE_PUBLISHABLE_KEY
    - STRIPE_WEBHOOK_SECRET
    - ADMIN_EMAIL
    - ADMIN_PASSWORD
    - LOG_SIGNING_KEY
    - METRICS_TOKEN
  plain:
    - LOG_LEVEL
    - HOST
    - STRIPE_API_URL
    - ALLOW_GUESTS
    - AUTH_JWKS_URL
    - AUTH_JWKS_ISSUER
    - AUTH_JWKS_AUDIENCE
    - AUTH_JWKS_ADMIN_CLAIM
    - RATE_LIMIT_ENABLED
    - RATE_LIMIT_AUTH_PER_IP
    - RATE_LIMIT_RENEWALS_PER_SESSION
    - RATE_LIMIT_LOGIN_PER_ACCOUNT
    - RATE_LIMIT_TICKETS_PER_BUYER
    - RATE_LIMIT_TICKETS_PER_IP
    - RATE_LIMIT_TICKETS_PER_SALE
    - RATE_LIMIT_POLLS_PER_BUYER
    - RATE_LIMIT_POLLS_PER_IP
    - RATE_LIMIT_PAYMENTS_PER_BUYER
    - MAX_CONNECTIONS
    - MAX_STREAMS
    - MAX_STREAMS_PER_IP
    - MAX_LONG_POLLS
    - MAX_LONG_POLLS_PER_IP
    - TRUST_PROXY
    - CORS_ORIGINS
    - PUBLIC_URL
    - WEBHOOK_ALLOW_LOCAL
    - OTEL_EXPORTER_OTLP_ENDPOINT
    - OTEL_TRACES_SAMPLER_ARG
    - LINE_SHARDS
    - LINE_BATCH_MS
    - LINE_BATCH_MAX
    - LINE_MAX_WAITING
    - LINE_WAITLIST_MAX
worker:
  required: [DATABASE_URL, REDIS_URL]
  secret:
    - STRIPE_SECRET_KEY
    - LOG_SIGNING_KEY
    - SMTP_URL
  plain:
    - LOG_LEVEL
    - STRIPE_API_URL
    - STRIPE_GRACE_SECONDS
    - LINE_LOOKAHEAD
    - LOG_WITNESSES
    - SMTP_FROM
    - RATE_LIMIT_ENABLED
    - RATE_LIMIT_MAILS_PER_ADDRESS
    - PUBLIC_URL
    - WEBHOOK_ALLOW_LOCAL
    - RETENTION_WEBHOOK_DAYS
    - RETENTION_CART_DAYS
    - RETENTION_CONTACT_DAYS
    - RETENTION_SALT_DAYS
    - OTEL_EXPORTER_OTLP_ENDPOINT
    - OTEL_TRACES_SAMPLER_ARG
migrate:
  required: [DATABASE_URL]
  secret: [DATABASE_APP_URL]
  plain: [LOG_LEVEL]
{{- end }}

{{/* The environment of a part: { root, part, secret }. */}}
{{- define "fairline.env" -}}
{{- $parts := include "fairline.settings" . | fromYaml }}
{{- $own := index $parts .part }}
{{- $plain := deepCopy .root.Values.settings }}
{{- if and .root.Values.ingress.enabled (not (hasKey $plain "TRUST_PROXY")) }}
{{- $_ := set $plain "TRUST_PROXY" "1" }}
{{- end }}
{{- with .root.Values.ingress }}
{{- if and .enabled .tlsSecret (not (hasKey $plain "PUBLIC_URL")) }}
{{- $_ := set $plain "PUBLIC_URL" (printf "https://%s" .host) }}
{{- end }}
{{- end }}
{{- range $name := keys .root.Values.settings | sortAlpha }}
{{- $known := list }}
{{- range $settings := values $parts }}{{ $known = concat $known $settings.plain }}{{ end }}
{{- if not (has $name $known) }}
{{- fail (printf "settings.%s: no part reads it, or it is secret and belongs into the Secret" $name) }}
{{- end }}
{{- end }}
{{- range $own.required }}
- name: {{ . }}
  valueFrom:
    secretKeyRef: { name: {{ $.secret }}, key: {{ . }} }
{{- end }}
{{- range $own.secret }}
- name: {{ . }}
  valueFrom:
    secretKeyRef: { name: {{ $.secret }}, key: {{ . }}, optional: true }
{{- end }}
{{- range $own.plain }}
{{- if hasKey $plain . }}
- name: {{ . }}
  value: {{ index $plain . | toString | quote }}
{{- end }}
{{- end }}
{{- end }}
