"""An OIDC issuer that is as small as API Gateway permits, and the token of the session's user.

With urls_example.py, `FEEDBACK_ISSUER` is `https://www.example.com/feedback-identity`, without a slash at its end.
"""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from feedback_integration import tokens
from feedback_integration.people import person_id


@require_safe
def discovery(_: HttpRequest) -> JsonResponse:
    return JsonResponse(
        {
            "issuer": settings.FEEDBACK_ISSUER,
            "jwks_uri": f"{settings.FEEDBACK_ISSUER}/jwks.json",
            "response_types_supported": ["id_token"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
        }
    )


@require_safe
def jwks(_: HttpRequest) -> JsonResponse:
    return JsonResponse(tokens.published_keys())


@require_safe
@never_cache
def session_token(request: HttpRequest) -> HttpResponse:
    """Needs no CORS headers: only pages of this site may read it."""
    if not request.user.is_authenticated:
        return HttpResponse(status=401)
    return HttpResponse(tokens.issue(person_id(request.user)), content_type="text/plain")


urlpatterns = [
    path(".well-known/openid-configuration", discovery),
    path("jwks.json", jwks),
    path("session-token", session_token),
]
