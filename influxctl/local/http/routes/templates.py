"""/api/v2/templates/apply and /api/v2/stacks."""

from __future__ import annotations

from typing import Any

from influxctl.core.errors import Invalid, Unprocessable
from influxctl.core.ids import check_id, is_id
from influxctl.local.http.fields import decode
from influxctl.local.http.request import MAX_JSON, Request
from influxctl.local.http.response import Response, answer, no_content
from influxctl.local.http.router import handles
from influxctl.local.services.template_sources import fetched, yaml_documents
from influxctl.local.services.templates import TemplateErrors, Wanted, actions
from influxctl.local.store.resources import Doc

_TEMPLATE = {"contents": list, "contentType": str, "sources": [str]}
_SHAPE = {
    "orgID": str,
    "stackID": str,
    "dryRun": bool,
    "template": _TEMPLATE,
    "templates": [_TEMPLATE],
    "envRefs": dict,
    "secrets": dict,
    "remotes": [{"url": str, "contentType": str}],
    "actions": [{"action": str, "properties": object}],
}
_EXPORT = {
    "stackID": str,
    "orgIDs": [{"orgID": str, "resourceFilters": {"byLabel": [str], "byResourceKind": [str]}}],
    "resources": [{"kind": str, "id": str, "name": str}],
}
_STACK = {"orgID": str, "name": str, "description": str, "urls": [str]}
_CHANGES = {
    "name": str,
    "description": str,
    "templateURLs": [str],
    "urls": [str],
    "additionalResources": [{"resourceID": str, "kind": str, "templateMetaName": str}],
}
_STREAM = "byte stream"


@handles("ApplyTemplate")
def apply(request: Request) -> Response:
    """What a template would change, or changes."""
    fields = _fields(request)
    org_id, stack_id = fields.get("orgID", ""), fields.get("stackID", "")
    if not is_id(org_id):
        raise Invalid(f'invalid organization ID provided: "{org_id}"')
    if stack_id and not is_id(stack_id):
        raise Invalid(f'invalid stack ID provided: "{stack_id}"')
    kinds, single = actions(fields.get("actions", []))
    contents, sources = _contents(fields)
    secrets = fields.get("secrets", {})
    wanted = Wanted(
        org_id=org_id,
        contents=contents,
        sources=sources,
        stack_id=stack_id,
        dry_run=fields.get("dryRun", False),
        references=fields.get("envRefs", {}),
        secrets=decode(secrets, dict.fromkeys(secrets, str), "secrets"),
        skipped_kinds=kinds,
        skipped=single,
    )
    try:
        return answer(request.services.templates.apply(request.actor, wanted), 200 if wanted.dry_run else 201)
    except TemplateErrors as error:
        return answer(error.answer, 422)


def _fields(request: Request) -> Doc:
    """The request as JSON or as YAML."""
    if "jsonnet" in request.media:
        raise Unprocessable("template from source(s) had an issue: Jsonnet must be turned into JSON before it is sent")
    if "yaml" not in request.media and "yml" not in request.media:
        fields: Doc = request.json(_SHAPE)
        return fields
    decoded: Doc = decode(yaml_documents(request.body(MAX_JSON))[0], _SHAPE)
    return decoded


def _contents(fields: Doc) -> tuple[list[Any], list[str]]:
    """All objects of all templates of a request, and where they came from."""
    contents: list[Any] = []
    sources: list[str] = []
    for template in [*([fields["template"]] if "template" in fields else []), *fields.get("templates", [])]:
        if template.get("contents"):
            contents += template["contents"]
            sources += template.get("sources") or [_STREAM]
    for remote in fields.get("remotes", []):
        contents += fetched(remote.get("url", ""))
        sources.append(remote.get("url", ""))
    return contents, sources


@handles("ExportTemplate")
def export(request: Request) -> Response:
    """Resources as a template, in JSON or, if that is accepted, in YAML."""
    objects = request.services.template_export.export(request.actor, request.json(_EXPORT))
    accept = request.header("Accept")
    if "yaml" not in accept and "yml" not in accept:
        return answer(objects)
    import yaml

    return Response(200, yaml.safe_dump_all(objects, allow_unicode=True).encode(), "application/x-yaml")


# Stacks.


def _shown(stack: Doc, status: int = 200) -> Response:
    return answer(_view(stack), status)


def _view(stack: Doc) -> Doc:
    """A stack with its history, and its present state beside it."""
    head = {key: stack[key] for key in ("id", "orgID", "createdAt", "events")}
    return {**head, **stack["events"][-1]}


def _stack_id(request: Request) -> str:
    try:
        return check_id(request.path["stack_id"])
    except Invalid as error:
        raise Invalid(f"the stack id provided in the path was invalid: {error.message}") from None


def _org(text: str | None) -> str:
    try:
        return check_id(text or "")
    except Invalid as error:
        raise Invalid(f'organization id["{text or ""}"] is invalid: {error.message}') from None


@handles("ListStacks")
def find_stacks(request: Request) -> Response:
    """The stacks of an organization."""
    org_id = _org(request.arg("orgID"))
    ids = request.query.get("stackID", [])
    for id in ids:
        try:
            check_id(id)
        except Invalid as error:
            raise Invalid(f'stack ID["{id}"] provided is invalid: {error.message}') from None
    found = request.services.stacks.find_stacks(request.actor, org_id, request.query.get("name", []), ids)
    return answer({"stacks": [_view(stack) for stack in found]})


@handles("CreateStack")
def create_stack(request: Request) -> Response:
    """A new stack."""
    fields = request.json(_STACK)
    if not is_id(fields.get("orgID", "")):
        raise Invalid(f'provided org id["{fields.get("orgID", "")}"] is invalid')
    return _shown(request.services.stacks.create_stack(request.actor, fields["orgID"], fields), 201)


@handles("ReadStack")
def get_stack(request: Request) -> Response:
    """One stack."""
    return _shown(request.services.stacks.get_stack(request.actor, _stack_id(request)))


@handles("UpdateStack")
def update_stack(request: Request) -> Response:
    """Change a stack."""
    id, fields = _stack_id(request), request.json(_CHANGES)
    for one in fields.get("additionalResources", []):
        if not is_id(one.get("resourceID", "")) or not one.get("kind"):
            raise Invalid("an additional resource needs kind and resourceID")
        one.setdefault("templateMetaName", "")
    return _shown(request.services.stacks.update_stack(request.actor, id, fields))


@handles("UninstallStack")
def uninstall_stack(request: Request) -> Response:
    """Remove the resources of a stack."""
    id = _stack_id(request)
    _required_org(request)
    return _shown(request.services.templates.uninstall(request.actor, id))


@handles("DeleteStack")
def delete_stack(request: Request) -> Response:
    """Remove a stack and its resources."""
    id = _stack_id(request)
    request.services.templates.delete_stack(request.actor, id, _required_org(request))
    return no_content()


def _required_org(request: Request) -> str:
    if request.arg("orgID") is None:
        raise Invalid("the orgID query param is required")
    return _org(request.arg("orgID"))
