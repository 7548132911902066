#!/bin/sh
# easelfs-simulator from outside: the four ways from a prompt to a picture, the money,
# the record and the faults. Nothing waits for a time: /_sim/finish ends jobs. TAP.
# shellcheck disable=SC2317 # functions are called through check
set -u

simulator=${EASELFS_SIMULATOR:-${EASELFS_BUILD:-build}/easelfs-simulator}
dir=$(mktemp -d) || exit 1
pid=
count=0
failed=0
basic=$(printf 'sim-key:sim-secret' | base64)
fal_model=fal-ai/bytedance/dreamina/v3.1/text-to-image
wave_model=api/v3/bytedance/dreamina-v3.1/text-to-image

if ! [ -x "$simulator" ]; then
	echo "Bail out! $simulator is not built"
	exit 1
fi

# until_is SECONDS COMMAND...: whether it comes true in that time.
until_is() {
	end=$(($(date +%s) + $1 * ${EASELFS_SLOWNESS:-1}))
	shift
	until "$@"; do
		[ "$(date +%s)" -lt "$end" ] || return 1
		sleep 0.05
	done
}

is_gone() { ! kill -0 "$pid" 2>/dev/null; }

stop() {
	[ -n "$pid" ] || return 0
	kill "$pid" 2>/dev/null
	until_is 20 is_gone || kill -KILL "$pid"
	wait "$pid"
	status=$?
	pid=
	return "$status"
}
trap 'stop; rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM

# check WHAT COMMAND...: one line of TAP, by the command's status.
check() {
	what=$1
	shift
	count=$((count + 1))
	if "$@" >"$dir/said" 2>&1; then
		echo "ok $count - $what"
	else
		echo "not ok $count - $what"
		sed 's/^/# /' "$dir/said"
		failed=1
	fi
}

says_ports() { [ -s "$dir/ports" ] || is_gone; }

# start ARGUMENT...: jobs take an hour unless they are finished.
start() {
	stop
	rm -f "$dir/ports"
	"$simulator" --latency=3600000 --asset-delay=0 "--port-file=$dir/ports" "$@" \
		>"$dir/out" 2>"$dir/err" &
	pid=$!
	until_is 20 says_ports
	[ -s "$dir/ports" ] ||
		{ cat "$dir/err"; echo 'Bail out! it does not start'; exit 1; }
}

base() { sed -n "s/^$1 //p" "$dir/ports"; }

# ask METHOD URL KEY [BODY]: the status is in $into/status ("none" without a reply, "reset" after a
# TCP reset), headers in $into/headers, the body in $into/body. KEY may be "".
into=$dir
ask() {
	python3 - "$into" "$@" <<'PYTHON'
import socket, sys
folder, method, url, key = sys.argv[1:5]
body = sys.argv[5].encode() if len(sys.argv) > 5 else b""
host, _, path = url.split("//", 1)[1].partition("/")
name, port = host.split(":")
lines = ["%s /%s HTTP/1.1" % (method, path), "Host: " + host, "Connection: close",
         "Content-Length: %d" % len(body)] + (["Authorization: " + key] if key else [])
data, status = b"", None
try:
    with socket.create_connection((name, int(port)), 60) as s:
        s.sendall("\r\n".join(lines + ["", ""]).encode() + body)
        while chunk := s.recv(65536):
            data += chunk
except ConnectionResetError:
    status = "reset"
head, _, rest = data.partition(b"\r\n\r\n")
if not status:
    status = head.split()[1].decode() if head else "none"
for file, text in ("status", status.encode()), ("headers", head), ("body", rest):
    with open(folder + "/" + file, "wb") as f:
        f.write(text)
PYTHON
	cat "$into/status"
	head -c 600 "$into/body" | tr -cd ' -~\n'
	echo
}

# status_is N; body_has TEXT...; value NAME: the first string member of that name.
status_is() { [ "$(cat "$dir/status")" = "$1" ] || { echo "not $1"; return 1; }; }
body_has() {
	for text; do
		grep -qF -- "$text" "$dir/body" || { echo "lacks $text"; return 1; }
	done
}
value() { grep -o "\"$1\":\"[^\"]*\"" "$dir/body" | head -n 1 | cut -d'"' -f4; }
control() {
	method=$1
	shift
	ask "$method" "$(base fal)/_sim/$1" "" "${2:-}" && status_is 200
}
finish() { control POST finish; }
charges() { control GET ledger >"$dir/charges" && cp "$dir/body" "$dir/charges" && wc -l <"$dir/charges"; }

# is_png WIDTH HEIGHT: of $dir/body.
is_png() {
	status_is 200 && set -- "$(printf '%08x%08x' "$1" "$2")" &&
		[ "$(od -An -tx1 -j16 -N8 "$dir/body" | tr -d ' \n')" = "$1" ] &&
		[ "$(tail -c 8 "$dir/body" | od -An -tx1 | tr -d ' \n')" = 49454e44ae426082 ]
}

# Submissions: a prompt, and more members of the body.
scenario() {
	ask POST "$(base scenario)/generate/custom/model_bytedance-dreamina-3-1${3:-}" \
		"Basic $basic" "{\"prompt\":\"$1\"${2:-}}"
}
pixeldojo() { ask POST "$(base pixeldojo)/models/dreamina/run" 'Bearer sim-key' "{\"prompt\":\"$1\"${2:-}}"; }
wavespeed() { ask POST "$(base wavespeed)/$wave_model" 'Bearer sim-key' "{\"prompt\":\"$1\"${2:-}}"; }
fal() { ask POST "$(base fal)/${3:-}$fal_model" 'Key sim-key' "{\"prompt\":\"$1\"${2:-}}"; }
fal_get() { ask "${2:-GET}" "$1" 'Key sim-key'; }

scenario_works() {
	scenario fox ',"aspectRatio":"custom","width":640,"height":512' && status_is 200 || return 1
	id=$(value jobId)
	url=$(base scenario)
	ask GET "$url/jobs/$id" "Basic $basic" && body_has '"status":"pending"' '"progress":0' || return 1
	finish
	ask GET "$url/jobs/$id" "Basic $basic" && body_has '"status":"success"' '"cuCost":5' || return 1
	asset=$(grep -o 'asset_[A-Za-z0-9]*' "$dir/body")
	ask GET "$url/assets/$asset" "Basic $basic" && body_has '"outputIndex":0' || return 1
	picture=$(value url)
	ask GET "$picture" "" && is_png 640 512 || return 1
	ask GET "$picture&x=1" "" && status_is 403 || return 1
	ask GET "${picture%%\?*}" "" && status_is 403 || return 1
	ask POST "$url/assets/get-bulk" "Basic $basic" "{\"assetIds\":[\"$asset\",\"none\"]}" &&
		body_has "$asset" || return 1
	ask POST "$url/jobs/$id/action" "Basic $basic" '{"action":"cancel"}' && status_is 400 &&
		body_has 'Cannot cancel this type of job'
}

dry_run_is_free() {
	before=$(charges)
	scenario fox '' '?dryRun=true' && status_is 269 && body_has '"creativeUnitsCost":5' &&
		[ "$(charges)" = "$before" ]
}

assets_come_out_of_order() {
	ask POST "$(base scenario)/generate/custom/model_flux-1-dev" "Basic $basic" \
		'{"prompt":"fox","numOutputs":2}' && finish >/dev/null || return 1
	ask GET "$(base scenario)/jobs?pageSize=1" "Basic $basic"
	ask GET "$(base scenario)/assets/$(grep -o 'asset_[A-Za-z0-9]*' "$dir/body" | head -n 1)" "Basic $basic" &&
		body_has '"outputIndex":1'
}

pixeldojo_works() {
	pixeldojo fox ',"num_outputs":2,"width":256,"height":300' && status_is 202 || return 1
	body_has '"creditCost":2' '"creditsRemaining":' '"status":"pending"' || return 1
	job=$(value statusUrl)
	finish
	ask GET "$job" 'Bearer sim-key' && body_has '"status":"completed"' || return 1
	first=$(grep -o 'http[^"]*0.png' "$dir/body")
	ask GET "$first" "" && is_png 256 300 && cp "$dir/body" "$dir/first" || return 1
	ask GET "${first%0.png}1.png" "" && is_png 256 300 && ! cmp -s "$dir/body" "$dir/first"
}

pixeldojo_is_strict() {
	pixeldojo fox ',"steps":3' && status_is 400 && body_has '"invalid_request"' steps
}

wavespeed_works() {
	wavespeed fox ',"size":"640*512"' && body_has '"code":200' '"status":"created"' || return 1
	job=$(value get)
	finish
	ask GET "$job" 'Bearer sim-key' && body_has '"status":"completed"' '"has_nsfw_contents":[false]' || return 1
	ask GET "$(grep -o 'http[^"]*png' "$dir/body")" "" && is_png 640 512
}

wavespeed_base64() {
	wavespeed "fox {sim:latency=0}" ',"size":"512*512","enable_base64_output":true,"enable_sync_mode":true' &&
		body_has '"status":"completed"' '"outputs":["iVBORw0KGgo' || return 1
	wavespeed "fox {sim:latency=0} {sim:outputs=data-uri}" ',"size":"512*512","enable_sync_mode":true' &&
		body_has '"outputs":["data:image/png;base64,iVBORw0KGgo'
}

slow_is_there() { control GET jobs && body_has '"prompt":"slow"'; }

# The client blocks until the job is finished from outside.
wavespeed_waits() {
	mkdir "$dir/waiting"
	(into=$dir/waiting && wavespeed slow ',"enable_sync_mode":true') &
	waiting=$!
	until_is 20 slow_is_there || return 1
	finish
	wait "$waiting"
	grep -qF '"status":"completed"' "$dir/waiting/body"
}

wavespeed_gives_up_waiting() {
	before=$(charges)
	wavespeed "fox {sim:sync=timeout}" ',"enable_sync_mode":true' &&
		body_has '"status":"processing"' 'Sync mode timed out' || return 1
	[ "$(charges)" -eq $((before + 1)) ]
}

fal_works() {
	fal fox ',"image_size":"square","seed":7' && body_has '"status":"IN_QUEUE"' '"queue_position":' || return 1
	status_url=$(value status_url)
	response_url=$(value response_url)
	case $status_url in */fal-ai/bytedance/requests/*/status) ;; *) return 1 ;; esac
	fal_get "$status_url?logs=1" && status_is 202 || return 1
	fal_get "$response_url" && status_is 400 || return 1
	finish
	fal_get "$status_url?logs=1" && status_is 200 && body_has '"status":"COMPLETED"' || return 1
	fal_get "$response_url" && status_is 200 && body_has '"seed":7' || return 1
	picture=$(value url)
	fal_get "$(base fal)/$fal_model/requests/${response_url##*/}/status" && status_is 200 || return 1
	fal_get "$status_url/stream" && body_has 'data: {"status":"COMPLETED"' || return 1
	ask GET "$picture" "" && is_png 512 512
}

fal_completes_with_an_error() {
	fal 'fox {sim:moderated} {sim:latency=0}' || return 1
	response_url=$(value response_url)
	fal_get "$(value status_url)" && status_is 200 &&
		body_has '"COMPLETED"' '"error_type":"content_policy_violation"' || return 1
	fal_get "$response_url" && status_is 422 && body_has '"detail":[' '"content_policy_violation"'
}

fal_cancels() {
	fal fox || return 1
	cancel_url=$(value cancel_url)
	fal_get "$cancel_url" PUT && status_is 202 && body_has CANCELLATION_REQUESTED || return 1
	fal_get "$cancel_url" PUT && status_is 400 && body_has ALREADY_COMPLETED || return 1
	fal_get "${cancel_url%/cancel}/status" && body_has COMPLETED client_cancelled
}

fal_data_uri() {
	fal 'fox {sim:latency=0}' ',"sync_mode":true,"image_size":"square"' fal.run/ &&
		body_has '"url":"data:image/png;base64,iVBORw0KGgo'
}

# The size that is out of range, in each provider's words.
errors_have_their_shapes() {
	scenario fox ',"width":5' && status_is 400 && body_has '"reason":"width' || return 1
	pixeldojo fox ',"width":5' && status_is 400 && body_has '"code":"invalid_request"' || return 1
	wavespeed fox ',"size":"5*5"' && status_is 400 && body_has '"error_code":1401' || return 1
	fal fox ',"image_size":{"width":5,"height":5}' && status_is 422 &&
		body_has '"loc":["body","image_size"]' || return 1
	fal fox ',"seed":-1' && status_is 422 && body_has '"seed"' || return 1
	ask POST "$(base fal)/a/b" 'Key sim-key' '{"prompt":"x"}' && status_is 404 || return 1
	ask POST "$(base fal)/$fal_model" 'Key sim-key' '{}' && status_is 422 && body_has '"type":"missing"' || return 1
	ask POST "$(base fal)/$fal_model" 'Key sim-key' '{"prompt"' && status_is 422
}

keys_are_checked() {
	fal fox && id=$(value request_id) || return 1
	ask GET "$(base fal)/a/b/requests/$id" 'Bearer sim-key' && status_is 401 || return 1
	ask GET "$(base fal)/a/b/requests/$id" "" && status_is 401 && body_has '"detail":"' || return 1
	ask GET "$(base pixeldojo)/jobs/x" 'Bearer wrong' && status_is 401 && body_has '"unauthorized"' || return 1
	ask GET "$(base scenario)/jobs/x" 'Bearer sim-key' && status_is 401 && body_has '"reason"'
}

image_host_refuses_keys() {
	pixeldojo 'fox {sim:latency=0}' && ask GET "$(value statusUrl)" 'Bearer sim-key' || return 1
	ask GET "$(grep -o 'http[^"]*png' "$dir/body")" 'Bearer sim-key' && status_is 400 || return 1
	grep '"listener":"images"' "$dir/requests" | tail -n 1 | grep -F '"header":"authorization"'
}

requests_are_recorded() {
	fal 'a recorded fox' || return 1
	line=$(grep 'a recorded fox' "$dir/requests") || return 1
	echo "$line" | grep -F '"listener":"fal","method":"POST"' | grep -F '"scheme":"Key","right":true' || return 1
	! grep -F sim-key "$dir/requests"
}

# One line for each submission that was accepted, whatever became of its reply.
charges_are_exact() {
	before=$(charges)
	fal 'fox {sim:status=500}' && status_is 500 || return 1
	fal 'fox {sim:reset}' && status_is reset || return 1
	fal 'fox {sim:drop}' && status_is none || return 1
	fal '' && status_is 422 || return 1
	[ "$(charges)" -eq "$before" ] || return 1
	fal 'fox {sim:status=500 after=charge}' && status_is 500 || return 1
	fal 'fox {sim:reset after=charge}' && status_is reset || return 1
	fal 'fox {sim:drop after=charge}' && status_is none || return 1
	fal 'fox {sim:truncate=9}' && status_is 200 && [ "$(wc -c <"$dir/body")" -eq 9 ] || return 1
	fal 'fox {sim:garbage}' && status_is 200 || return 1
	fal 'fox {sim:noid}' && ! body_has request_id || return 1
	[ "$(charges)" -eq $((before + 6)) ] && tail -n 1 "$dir/charges" |
		grep -F '"provider":"fal"' | grep -F '"amount":0.03,"unit":"USD","pictures":1'
}

faults_count_their_times() {
	for status in 429 429 200; do
		scenario 'a fox {sim:status=429 retry-after=5 times=2}' && status_is "$status" || return 1
		[ "$status" = 200 ] || body_has '"remainingSeconds":5' || return 1
	done
	fal 'a fox {sim:status=429 retry-after=5}' && grep -i '^retry-after: 5' "$dir/headers" || return 1
	fal 'a fox {sim:polls401 times=1}' || return 1
	status_url=$(value status_url)
	fal_get "$status_url" && status_is 401 && fal_get "$status_url" && status_is 202
}

the_same_id_again() {
	fal one && id=$(value request_id) && fal 'two {sim:dupid}' && [ "$(value request_id)" = "$id" ]
}

spoilt_pictures() {
	for word in html empty missing expired truncated redirect huge-header; do
		pixeldojo "fox {sim:latency=0} {sim:image=$word}" || return 1
		ask GET "$(value statusUrl)" 'Bearer sim-key' || return 1
		ask GET "$(grep -o 'http[^"]*png' "$dir/body")" "" || return 1
		size=$(wc -c <"$dir/body")
		case $word in
		html) body_has '<html>' ;;
		empty) status_is 200 && [ "$size" -eq 0 ] ;;
		missing) status_is 404 ;;
		expired) status_is 403 ;;
		truncated) status_is 200 && [ "$size" -lt "$(sed -n 's/^Content-Length: \([0-9]*\).*/\1/p' "$dir/headers")" ] ;;
		redirect) status_is 302 && ask GET "$(sed -n 's/^Location: \([^[:cntrl:]]*\).*/\1/p' "$dir/headers")" "" && is_png 2048 2048 ;;
		huge-header) [ "$(od -An -tx1 -j16 -N4 "$dir/body" | tr -d ' \n')" = 0000ea60 ] ;;
		esac || { echo "$word"; return 1; }
	done
}

unknown_directives_are_refused() {
	before=$(charges)
	fal 'fox {sim:explode}' && status_is 400 && body_has explode && [ "$(charges)" = "$before" ]
}

rules_come_and_go() {
	control POST fault '100%:html=502 provider=fal' || return 1
	fal fox && status_is 502 && body_has '<html>' || return 1
	scenario fox && status_is 200 || return 1
	ask POST "$(base fal)/_sim/fault" "" 'nonsense' && status_is 400 || return 1
	control DELETE fault && fal fox && status_is 200
}

money_runs_out() {
	control POST balance 'pixeldojo 1' || return 1
	pixeldojo fox && status_is 202 && body_has '"creditsRemaining":0' || return 1
	pixeldojo fox && status_is 402 && body_has insufficient_credits || return 1
	control POST balance 'wavespeed 0.05' || return 1
	wavespeed fox && wavespeed fox && status_is 402 && body_has '"code":402'
}

ledger_file_agrees() {
	[ "$(charges)" -gt 20 ] && cmp "$dir/charges" "$dir/ledger"
}

configuration_is_written() {
	grep -qF "base_url = $(base wavespeed)" "$dir/easelfs.ini" &&
		grep -qF "key      = file:$(realpath "$dir")/simulator-fal.key" "$dir/easelfs.ini" &&
		[ "$(stat -c %a "$dir/simulator-fal.key")" = 600 ] &&
		[ "$(cat "$dir/simulator-scenario.key")" = sim-key:sim-secret ]
}

configuration_of_others_is_kept() {
	echo '[easelfs]' >"$dir/mine.ini"
	"$simulator" "--config=$dir/mine.ini" 2>"$dir/err"
	[ $? -eq 1 ] && grep -F mine.ini "$dir/err" && [ "$(cat "$dir/mine.ini")" = '[easelfs]' ]
}

ends_with() {
	stop
	status=$?
	[ "$status" -eq 0 ] && ! [ -s "$dir/err" ]
}

# Half a line at the end, as a power cut leaves it, costs that line alone.
survives_a_restart() {
	start "--state=$dir/state" --balance=10
	fal 'a lasting fox' && id=$(value request_id) && finish >/dev/null || return 1
	stop
	printf '{"job":{"id":"ha' >>"$dir/state"
	start "--state=$dir/state" --balance=10
	fal_get "$(base fal)/fal-ai/bytedance/requests/$id/status" && status_is 200 || return 1
	[ "$(charges)" -eq 1 ] && control GET balance && body_has 'fal 9.97 USD' || return 1
	fal 'another fox' && [ "$(value request_id)" != "$id" ] && stop || return 1
	start "--state=$dir/state" --balance=10
	[ "$(charges)" -eq 2 ]
}

urls_expire() {
	start --url-ttl=0 --result-ttl=0
	scenario 'fox {sim:latency=0}' && id=$(value jobId) || return 1
	ask GET "$(base scenario)/assets/asset_${id#job_}0" "Basic $basic" && ask GET "$(value url)" "" &&
		status_is 403
}

asked_wrongly() {
	"$simulator" --what 2>"$dir/err"
	[ $? -eq 2 ] && grep -F -- --what "$dir/err" && [ "$(wc -l <"$dir/err")" -eq 1 ]
}

start "--config=$dir/easelfs.ini" "--ledger=$dir/ledger" "--requests=$dir/requests" --seed=1
check 'it says where it listens' cmp "$dir/out" "$dir/ports"
check 'scenario: from a prompt to a picture' scenario_works
check 'scenario: a dry run is answered with 269 and costs nothing' dry_run_is_free
check 'scenario: assets come out of order' assets_come_out_of_order
check 'pixeldojo: from a prompt to pictures' pixeldojo_works
check 'pixeldojo: an unknown field is refused' pixeldojo_is_strict
check 'wavespeed: from a prompt to a picture' wavespeed_works
check 'wavespeed: base64, with and without a prefix' wavespeed_base64
check 'wavespeed: the synchronous mode waits for the end' wavespeed_waits
check 'wavespeed: a synchronous wait that is given up goes on' wavespeed_gives_up_waiting
check 'fal: from a prompt to a picture' fal_works
check 'fal: completed is not success' fal_completes_with_an_error
check 'fal: cancelling' fal_cancels
check 'fal: data URIs, synchronously' fal_data_uri
check 'errors have the shapes of their providers' errors_have_their_shapes
check 'keys are checked' keys_are_checked
check 'the image host refuses keys, on record' image_host_refuses_keys
check 'requests are recorded without their keys' requests_are_recorded
check 'what was accepted is charged once, and nothing else' charges_are_exact
check 'a fault comes as often as it says' faults_count_their_times
check 'an id that was told before' the_same_id_again
check 'spoilt pictures' spoilt_pictures
check 'a directive that is not understood is refused' unknown_directives_are_refused
check 'faults for a share of requests' rules_come_and_go
check 'a balance runs out' money_runs_out
check 'a configuration and keys are written' configuration_is_written
check 'the ledger file has every charge' ledger_file_agrees
check 'it stops when it is told to' ends_with
check 'somebody else'"'"'s configuration is not overwritten' configuration_of_others_is_kept
check 'with --state, jobs and charges survive' survives_a_restart
check 'URLs expire' urls_expire
check 'a wrong option is named' asked_wrongly
echo "1..$count"
exit "$failed"
