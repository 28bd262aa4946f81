"""What the integration needs in the URLs of your project."""

from django.urls import include, path

urlpatterns = [
    path("feedback-identity/", include("feedback_integration.issuer")),  # FEEDBACK_ISSUER, without the last slash
]
