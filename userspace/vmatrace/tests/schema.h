/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Does a JSON value keep to a schema? Of JSON Schema what ours uses; all else is refused. */
#ifndef VMATRACE_TESTS_SCHEMA_H
#define VMATRACE_TESTS_SCHEMA_H

#include <jansson.h>
#include <regex.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static bool schema_holds(json_t *root, json_t *schema, json_t *value);

static bool is_type(const char *type, const json_t *value)
{
	return (!strcmp(type, "object") && json_is_object(value)) ||
	       (!strcmp(type, "array") && json_is_array(value)) ||
	       (!strcmp(type, "string") && json_is_string(value)) ||
	       (!strcmp(type, "integer") && json_is_integer(value)) ||
	       (!strcmp(type, "number") && json_is_number(value)) ||
	       (!strcmp(type, "boolean") && json_is_boolean(value)) ||
	       (!strcmp(type, "null") && json_is_null(value));
}

static bool is_one_of(json_t *schemas, json_t *root, json_t *value)
{
	size_t i, hold = 0;
	json_t *schema;

	json_array_foreach(schemas, i, schema)
		hold += schema_holds(root, schema, value);
	return hold == 1;
}

static bool is_among(json_t *values, json_t *value)
{
	json_t *each;
	size_t i;

	json_array_foreach(values, i, each)
		if (json_equal(each, value))
			return true;
	return false;
}

static bool has_all(json_t *names, json_t *value)
{
	json_t *name;
	size_t i;

	json_array_foreach(names, i, name)
		if (!json_object_get(value, json_string_value(name)))
			return false;
	return true;
}

static bool is_like(const char *pattern, const json_t *value)
{
	regex_t regex;
	bool like;

	if (regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB))
		return false;
	like = json_is_string(value) && !regexec(&regex, json_string_value(value), 0, NULL, 0);
	regfree(&regex);
	return like;
}

static bool properties_hold(json_t *root, json_t *properties, json_t *value)
{
	const char *name;
	json_t *member;

	json_object_foreach(value, name, member) {
		json_t *schema = json_object_get(properties, name);

		if (schema && !schema_holds(root, schema, member)) {
			fprintf(stderr, "# member %s is not as the schema has it\n", name);
			return false;
		}
	}
	return true;
}

/* Of "additionalProperties": false. */
static bool has_no_other(json_t *properties, json_t *value)
{
	const char *name;
	json_t *member;

	json_object_foreach(value, name, member)
		if (!json_object_get(properties, name))
			return false;
	return true;
}

static bool items_hold(json_t *root, json_t *schema, json_t *value)
{
	json_t *item;
	size_t i;

	json_array_foreach(value, i, item)
		if (!schema_holds(root, schema, item))
			return false;
	return true;
}

static bool rule_holds(json_t *root, json_t *schema, const char *rule, json_t *is, json_t *value)
{
	json_t *defs = json_object_get(root, "$defs");

	if (!strcmp(rule, "$ref"))
		return schema_holds(root, json_object_get(defs, json_string_value(is) +
							  strlen("#/$defs/")), value);
	if (!strcmp(rule, "type"))
		return is_type(json_string_value(is), value);
	if (!strcmp(rule, "enum"))
		return is_among(is, value);
	if (!strcmp(rule, "oneOf"))
		return is_one_of(is, root, value);
	if (!strcmp(rule, "pattern"))
		return is_like(json_string_value(is), value);
	if (!strcmp(rule, "required"))
		return has_all(is, value);
	if (!strcmp(rule, "properties"))
		return properties_hold(root, is, value);
	if (!strcmp(rule, "additionalProperties"))
		return has_no_other(json_object_get(schema, "properties"), value);
	if (!strcmp(rule, "items"))
		return items_hold(root, is, value);
	return !strcmp(rule, "$schema") || !strcmp(rule, "title") || !strcmp(rule, "$defs");
}

static bool schema_holds(json_t *root, json_t *schema, json_t *value)
{
	const char *rule;
	json_t *is;

	if (!json_is_object(schema))
		return false;
	json_object_foreach(schema, rule, is)
		if (!rule_holds(root, schema, rule, is, value))
			return false;
	return true;
}

#endif
