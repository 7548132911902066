/* What a reply's pictures are told from: URLs, data: URIs, base64, ids, bytes, and
 * what only looks like one of them. */
#include "job/protocol.h"

#include <nettle/base64.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/strbuf.h"
#include "protocol_stage.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

enum { SAMPLE_BYTES = 100 };

static const char *const heads[] = { "\x89PNG\r\n\x1a\n", "\xff\xd8\xff\xe0",
				     "RIFF\x10\x20\x30\x40WEBP" };
static const size_t head_sizes[] = { 8, 4, 12 };

static void make_sample(size_t kind, uint8_t sample[SAMPLE_BYTES])
{
	for (size_t i = 0; i < SAMPLE_BYTES; i++)
		sample[i] = (uint8_t)(i * 37);
	if (kind < LENGTH(heads))
		memcpy(sample, heads[kind], head_sizes[kind]);
}

/* "BEFORE" and the bytes in base64. */
static void add_base64(struct strbuf *text, const char *before, const uint8_t *bytes, size_t size)
{
	char base64[BASE64_ENCODE_RAW_LENGTH(SAMPLE_BYTES) + 1] = "";

	base64_encode_raw(base64, size, bytes);
	base64[BASE64_ENCODE_RAW_LENGTH(size)] = '\0';
	strbuf_add_text(text, before);
	strbuf_add_text(text, base64);
}

static void read_value(struct protocol_stage *stage, const char *member, const char *value,
		       struct reading *ret_reading)
{
	CLEANUP(strbuf) struct strbuf body = STRBUF_EMPTY;

	strbuf_addf(&body, "{\"job\":{\"status\":\"ready\",\"%s\":%s}}", member, value);
	stage_read_json(stage, EXCHANGE_POLL, 200, strbuf_text(&body), ret_reading);
}

/* ---- texts ---- */

static void test_what_a_text_is(void **state)
{
	static const struct {
		const char *value;
		int asset, image; /* the kind; -1: of no use */
		const char *text;
	} rows[] = {
		{ "\"https://i.test/a.png?Policy=1&Signature=~\"", REFERENCE_URL, REFERENCE_URL,
		  "https://i.test/a.png?Policy=1&Signature=~" },
		{ "\"HTTPS://I.test/a\"", REFERENCE_URL, REFERENCE_URL, "HTTPS://I.test/a" },
		{ "\"/files/1.png\"", REFERENCE_URL, REFERENCE_URL,
		  "https://api.test/files/1.png" },
		{ "\"//cdn.test/1.png\"", REFERENCE_URL, REFERENCE_URL, "https://cdn.test/1.png" },
		{ "\"asset_abc123\"", REFERENCE_ASSET, -1, "asset_abc123" },
		{ "\"asset:1/2\"", REFERENCE_ASSET, -1, "asset:1/2" },
		{ "\"http://i.test/1.png\"", -1, -1, NULL },
		{ "\"file:///etc/passwd\"", -1, -1, NULL },
		{ "\"ftp://i.test/1.png\"", -1, -1, NULL },
		{ "\"https://user@i.test/\"", -1, -1, NULL },
		{ "\"https:i.test\"", -1, -1, NULL },
		{ "\"data:text/plain;base64,aGVsbG8gd29ybGQ=\"", -1, -1, NULL },
		{ "\"data:image/png,abc\"", -1, -1, NULL },
		{ "\"data:image/png;base64,\"", -1, -1, NULL },
		{ "\"data:image/png;base64,%%%%\"", -1, -1, NULL },
		{ "\"a\\u0007b\"", -1, -1, NULL },
		{ "17", -1, -1, NULL },
		{ "{\"file\":\"x\"}", -1, -1, NULL },
		{ "{\"url\":\"https://i.test/o\",\"w\":1}", REFERENCE_URL, REFERENCE_URL,
		  "https://i.test/o" },
	};
	CLEANUP(stage) struct protocol_stage stage;

	(void)state;
	stage_jobs(&stage);
	for (size_t i = 0; i < 2 * LENGTH(rows); i++) {
		int want = i % 2 ? rows[i / 2].image : rows[i / 2].asset;
		CLEANUP(strbuf) struct strbuf list = STRBUF_EMPTY;
		CLEANUP(reading) struct reading reading;

		strbuf_addf(&list, "[%s]", rows[i / 2].value);
		read_value(&stage, i % 2 ? "images" : "assets", strbuf_text(&list), &reading);
		if ((want < 0) != (reading.kind == READING_FAILED) ||
		    reading.reference_count != (want < 0 ? 0 : 1))
			fail_msg("%s: kind %d", strbuf_text(&list), (int)reading.kind);
		if (want < 0) {
			assert_non_null(strstr(reading.error, "cannot be used: "));
			continue;
		}
		assert_int_equal(reading.kind, READING_FINISHED);
		assert_int_equal(reading.references[0].kind, want);
		assert_string_equal(reading.references[0].text, rows[i / 2].text);
		assert_null(reading.references[0].bytes);
	}
}

static void test_plain_http_where_the_base_is(void **state)
{
	CLEANUP(stage) struct protocol_stage stage;
	CLEANUP(reading) struct reading reading;

	(void)state;
	stage_jobs(&stage);
	stage.asking.base_url = "http://127.0.0.1:8080";
	read_value(&stage, "images", "[\"http://127.0.0.1:9/1.png\"]", &reading);
	assert_int_equal(reading.kind, READING_FINISHED);
	assert_int_equal(reading.reference_count, 1);
}

static void test_what_came_is_named(void **state)
{
	CLEANUP(stage) struct protocol_stage stage;
	CLEANUP(reading) struct reading reading;

	(void)state;
	stage_jobs(&stage);
	read_value(&stage, "images", "[\"ftp://i.test/\\u001b[2J\"]", &reading);
	assert_non_null(strstr(reading.error, "ftp://i.test/\\x1b[2J"));
	assert_null(strchr(reading.error, '\x1b'));
}

/* ---- bytes in texts ---- */

static void test_pictures_in_the_text(void **state)
{
	static const struct {
		const char *before;
		size_t cut; /* of the padding */
	} rows[] = {
		{ "", 0 },
		{ "data:image/png;base64,", 0 },
		{ "DATA:image/webp;x=1;BASE64,", 0 },
		{ "data:;base64,", 0 },
		{ "data:image/png;base64,", 2 },
		{ "", 2 },
	};
	CLEANUP(stage) struct protocol_stage stage;
	uint8_t sample[SAMPLE_BYTES];

	(void)state;
	stage_jobs(&stage);
	for (size_t i = 0; i < LENGTH(rows) * LENGTH(heads); i++) {
		CLEANUP(strbuf) struct strbuf value = STRBUF_EMPTY;
		CLEANUP(reading) struct reading reading;
		size_t row = i / LENGTH(heads);

		make_sample(i % LENGTH(heads), sample);
		strbuf_add_text(&value, "[\"");
		add_base64(&value, rows[row].before, sample, SAMPLE_BYTES);
		value.size -= rows[row].cut;
		strbuf_add_text(&value, "\"]");
		read_value(&stage, i % 2 ? "assets" : "images", strbuf_text(&value), &reading);
		assert_int_equal(reading.kind, READING_FINISHED);
		assert_int_equal(reading.reference_count, 1);
		assert_int_equal(reading.references[0].kind, REFERENCE_BYTES);
		assert_int_equal(reading.references[0].size, SAMPLE_BYTES);
		assert_memory_equal(reading.references[0].bytes, sample, SAMPLE_BYTES);
		assert_null(reading.references[0].text);
	}
}

static void test_base64_that_is_no_picture(void **state)
{
	CLEANUP(stage) struct protocol_stage stage;
	uint8_t sample[SAMPLE_BYTES];
	CLEANUP(strbuf) struct strbuf value = STRBUF_EMPTY;
	CLEANUP(reading) struct reading assets, images, short_one;

	(void)state;
	stage_jobs(&stage);
	make_sample(LENGTH(heads), sample);
	strbuf_add_text(&value, "[\"");
	add_base64(&value, "", sample, SAMPLE_BYTES);
	strbuf_add_text(&value, "\"]");
	/* A long id of the same letters. */
	read_value(&stage, "assets", strbuf_text(&value), &assets);
	assert_int_equal(assets.references[0].kind, REFERENCE_ASSET);
	read_value(&stage, "images", strbuf_text(&value), &images);
	assert_int_equal(images.kind, READING_FAILED);
	/* Begins like a PNG, but is too short to be one. */
	read_value(&stage, "assets", "[\"iVBORw0KGgoAAAA\"]", &short_one);
	assert_int_equal(short_one.references[0].kind, REFERENCE_ASSET);
}

/* ---- the reply itself ---- */

static void test_the_reply_is_the_picture(void **state)
{
	static const struct {
		size_t kind;
		const char *type;
		enum exchange exchange;
		enum reading_kind want;
	} rows[] = {
		{ 0, "image/png", EXCHANGE_SUBMIT, READING_FINISHED },
		{ 1, "application/octet-stream", EXCHANGE_SUBMIT, READING_FINISHED },
		{ 9, "image/avif", EXCHANGE_SUBMIT, READING_FINISHED },
		{ 2, "", EXCHANGE_POLL, READING_FINISHED },
		{ 0, "image/png", EXCHANGE_RESULT, READING_FINISHED },
		{ 0, "image/png", EXCHANGE_ASSET, READING_FINISHED },
		{ 9, "", EXCHANGE_SUBMIT, READING_BROKEN },
		{ 0, "image/png", EXCHANGE_BALANCE, READING_BROKEN },
	};
	CLEANUP(stage) struct protocol_stage stage;
	uint8_t sample[SAMPLE_BYTES + 1] = { 0 }; /* a reply's body ends in NUL */

	(void)state;
	stage_jobs(&stage);
	for (size_t i = 0; i < LENGTH(rows); i++) {
		struct reply reply = stage_reply(200, "");
		CLEANUP(reading) struct reading reading;

		make_sample(rows[i].kind, sample);
		reply.type = rows[i].type;
		reply.body = (const char *)sample;
		reply.body_size = SAMPLE_BYTES;
		stage_read(&stage, rows[i].exchange, &reply, &reading);
		assert_int_equal(reading.kind, rows[i].want);
		if (rows[i].want != READING_FINISHED)
			continue;
		assert_int_equal(reading.reference_count, 1);
		assert_int_equal(reading.references[0].kind, REFERENCE_BYTES);
		assert_int_equal(reading.references[0].size, SAMPLE_BYTES);
		assert_memory_equal(reading.references[0].bytes, sample, SAMPLE_BYTES);
		assert_non_null(strstr(reading.shown, "(a picture of 100 bytes)"));
	}
}

/* ---- several ---- */

static void test_where_the_pictures_are(void **state)
{
	static const struct {
		const char *members;
		const char *first; /* NULL: none */
		size_t count;
	} rows[] = {
		{ "\"assets\":[\"a\",\"b\"],\"images\":[{\"url\":\"https://i.test/1\"}]", "a", 2 },
		{ "\"assets\":[],\"images\":[{\"url\":\"https://i.test/1\"}]", "https://i.test/1",
		  1 },
		{ "\"assets\":[7],\"images\":[\"https://i.test/1\"]", "https://i.test/1", 1 },
		{ "\"output\":\"https://i.test/1\"", "https://i.test/1", 1 },
		{ "\"output\":[\"https://i.test/1\",\"https://i.test/2\"]", "https://i.test/1", 2 },
		{ "\"images\":[null,\"\",\"https://i.test/3\"]", "https://i.test/3", 1 },
		{ "\"images\":[]", NULL, 0 },
		{ "\"images\":null", NULL, 0 },
		{ "\"seed\":1", NULL, 0 },
	};
	CLEANUP(stage) struct protocol_stage stage;

	(void)state;
	stage_jobs(&stage);
	for (size_t i = 0; i < LENGTH(rows); i++) {
		CLEANUP(strbuf) struct strbuf body = STRBUF_EMPTY;
		CLEANUP(reading) struct reading reading;

		strbuf_addf(&body, "{\"job\":{\"status\":\"ready\",%s}}", rows[i].members);
		stage_read_json(&stage, EXCHANGE_POLL, 200, strbuf_text(&body), &reading);
		assert_int_equal(reading.kind, READING_FINISHED);
		assert_int_equal(reading.reference_count, rows[i].count);
		if (rows[i].first)
			assert_string_equal(reading.references[0].text, rows[i].first);
		assert_null(reading.error);
	}
}

static void test_flags_are_of_the_same_place(void **state)
{
	static const struct {
		const char *pointers, *nsfw;
		bool unsafe[3];
	} rows[] = {
		{ "/job/nsfw/*", "[false,true,false]", { false, true, false } },
		{ "/job/nsfw", "[false,true,false]", { false, true, false } },
		{ "/job/nsfw/*", "[\"\",\"\",\"nude\"]", { false, false, true } },
		{ "/job/nsfw/*", "[true]", { true, false, false } },
		{ "/job/nsfw", "true", { true, true, true } },
		{ "/job/nsfw", "false", { false, false, false } },
		{ "/job/nsfw/*", "[[],[\"nude\"],[]]", { false, true, false } },
		{ "/job/no/* /job/nsfw/*", "[0,0,1]", { false, false, true } },
		{ "/job/nsfw/*", "[]", { false, false, false } },
	};
	CLEANUP(stage) struct protocol_stage stage;

	(void)state;
	stage_jobs(&stage);
	for (size_t i = 0; i < LENGTH(rows); i++) {
		CLEANUP(strbuf) struct strbuf body = STRBUF_EMPTY;
		CLEANUP(reading) struct reading reading;

		stage.http.result.unsafe = stage_list(&stage, rows[i].pointers);
		strbuf_addf(&body,
			    "{\"job\":{\"status\":\"ready\",\"seed\":\"42\",\"images\":"
			    "[\"https://i.test/0\",\"https://i.test/1\",\"https://i.test/2\"],"
			    "\"nsfw\":%s}}",
			    rows[i].nsfw);
		stage_read_json(&stage, EXCHANGE_POLL, 200, strbuf_text(&body), &reading);
		assert_int_equal(reading.seed, 42);
		assert_int_equal(reading.reference_count, 3);
		for (size_t k = 0; k < 3; k++) {
			assert_int_equal(reading.references[k].order, k);
			if (reading.references[k].unsafe != rows[i].unsafe[k])
				fail_msg("%s %s: %zu", rows[i].pointers, rows[i].nsfw, k);
		}
	}
}

static void test_a_flag_keeps_its_place_when_a_picture_is_skipped(void **state)
{
	CLEANUP(stage) struct protocol_stage stage;
	CLEANUP(reading) struct reading reading;

	(void)state;
	stage_jobs(&stage);
	stage_read_json(&stage, EXCHANGE_POLL, 200,
			"{\"job\":{\"status\":\"ready\",\"images\":[\"file:///x\","
			"\"https://i.test/1\"],\"nsfw\":[false,true]}}",
			&reading);
	assert_int_equal(reading.reference_count, 1);
	assert_true(reading.references[0].unsafe);
	assert_int_equal(reading.references[0].order, 1);
}

static void test_more_than_anybody_asked_for(void **state)
{
	CLEANUP(stage) struct protocol_stage stage;
	CLEANUP(strbuf) struct strbuf list = STRBUF_EMPTY;
	CLEANUP(reading) struct reading reading;

	(void)state;
	stage_jobs(&stage);
	for (int i = 0; i < 500; i++)
		strbuf_addf(&list, "%s\"https://i.test/%d\"", i ? "," : "[", i);
	strbuf_add_text(&list, "]");
	read_value(&stage, "output", strbuf_text(&list), &reading);
	assert_int_equal(reading.reference_count, REFERENCES_MAX);
	assert_string_equal(reading.references[REFERENCES_MAX - 1].text, "https://i.test/63");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_a_text_is),
		cmocka_unit_test(test_plain_http_where_the_base_is),
		cmocka_unit_test(test_what_came_is_named),
		cmocka_unit_test(test_pictures_in_the_text),
		cmocka_unit_test(test_base64_that_is_no_picture),
		cmocka_unit_test(test_the_reply_is_the_picture),
		cmocka_unit_test(test_where_the_pictures_are),
		cmocka_unit_test(test_flags_are_of_the_same_place),
		cmocka_unit_test(test_a_flag_keeps_its_place_when_a_picture_is_skipped),
		cmocka_unit_test(test_more_than_anybody_asked_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
