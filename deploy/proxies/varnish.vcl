# /etc/varnish/default.vcl: два процесса crm-api за Varnish; хранить в нём нечего.
vcl 4.1;

import directors;
# import std;

probe ready {
    .url = "/health/ready";
    .interval = 1s;
    .timeout = 1s;
    .window = 2;
    .threshold = 1;
    .initial = 1;
}

backend api1 {
    .host = "127.0.0.1";
    .port = "3001";
    .connect_timeout = 2s;
    .probe = ready;
}

backend api2 {
    .host = "127.0.0.1";
    .port = "3002";
    .connect_timeout = 2s;
    .probe = ready;
}

# С CRM_OPERATIONS_PORT готовность спрашивают там, а порт проверки у Varnish — тот же, что у backend:
# уберите # ниже и выше, а из api1 и api2 — строку .probe.
# backend ready1 { .host = "127.0.0.1"; .port = "3003"; .probe = ready; }
# backend ready2 { .host = "127.0.0.1"; .port = "3004"; .probe = ready; }

sub vcl_init {
    new crm_api = directors.round_robin();
    crm_api.add_backend(api1);
    crm_api.add_backend(api2);
}

sub vcl_recv {
    if (req.url != "/register" && req.url != "/openapi.json" && req.url !~ "^/problems/") {
        return (synth(404));
    }
    unset req.http.traceparent;
    unset req.http.Forwarded;
    set req.backend_hint = crm_api.backend();
    # if (!std.healthy(ready1)) { set req.backend_hint = api2; }
    # if (!std.healthy(ready2)) { set req.backend_hint = api1; }
    return (pass);
}

# Ответ самого Varnish, документ о проблеме: с заголовком CORS его прочтёт и страница магазина.
sub vcl_synth {
    set resp.http.Access-Control-Allow-Origin = "*";
    set resp.http.Access-Control-Expose-Headers = "Retry-After";
    set resp.http.Content-Type = "application/problem+json";
    if (resp.status == 503) {
        set resp.http.Retry-After = "1";
    }
    synthetic({"{"type":"about:blank","title":""} + resp.reason + {"","status":"} + resp.status + "}");
    return (deliver);
}

sub vcl_backend_error {
    set beresp.http.Access-Control-Allow-Origin = "*";
    set beresp.http.Access-Control-Expose-Headers = "Retry-After";
    set beresp.http.Content-Type = "application/problem+json";
    if (beresp.status == 503) {
        set beresp.http.Retry-After = "1";
    }
    synthetic({"{"type":"about:blank","title":""} + beresp.reason + {"","status":"} + beresp.status + "}");
    return (deliver);
}
