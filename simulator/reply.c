#include "simulator/reply.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

void reply_done(struct reply *reply)
{
	strbuf_done(&reply->body);
	*reply = (struct reply){ 0 };
}

void reply_clear(struct reply *reply)
{
	int64_t delay_ms = reply->delay_ms;

	reply_done(reply);
	reply->delay_ms = delay_ms;
}

void reply_text(struct reply *reply, unsigned status, const char *type, const char *text)
{
	reply->status = status;
	reply->type = type;
	strbuf_clear(&reply->body);
	strbuf_add_text(&reply->body, text);
}

void reply_json(struct reply *reply, unsigned status, cJSON *json)
{
	char *text = cJSON_PrintUnformatted(json);

	cJSON_Delete(json);
	if (text)
		reply_text(reply, status, "application/json", text);
	else
		reply_html(reply, 500);
	free(text);
}

void reply_html(struct reply *reply, unsigned status)
{
	char text[256];

	snprintf(text, sizeof(text),
		 "<html>\r\n<head><title>%u</title></head>\r\n<body>\r\n"
		 "<center><h1>%u</h1></center>\r\n<hr><center>nginx</center>\r\n"
		 "</body>\r\n</html>\r\n",
		 status, status);
	reply_text(reply, status, "text/html", text);
}

void reply_header(struct reply *reply, const char *name, const char *format, ...)
{
	size_t i = reply->header_count;
	va_list args;

	if (i == REPLY_HEADERS_MAX)
		return;
	snprintf(reply->headers[i].name, sizeof(reply->headers[i].name), "%s", name);
	va_start(args, format);
	vsnprintf(reply->headers[i].value, sizeof(reply->headers[i].value), format, args);
	va_end(args);
	reply->header_count++;
}

const char *reply_time(int64_t wall_ms, char *text)
{
	time_t seconds = wall_ms / 1000;
	struct tm tm;
	size_t size;

	gmtime_r(&seconds, &tm);
	size = strftime(text, REPLY_TIME_ROOM, "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(text + size, REPLY_TIME_ROOM - size, ".%03dZ", (int)(wall_ms % 1000));
	return text;
}
