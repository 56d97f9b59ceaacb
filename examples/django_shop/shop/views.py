"""Страницы магазина."""

from django.http import HttpRequest, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from crm_api import (
    DomainError,
    EmailAlreadyRegisteredError,
    InvalidCustomerError,
    RepositoryUnavailableError,
)
from shop.customers import register


@csrf_exempt  # пример зовут без формы; у формы Django оставьте проверку включённой
@require_POST
def sign_up(request: HttpRequest) -> JsonResponse:
    """Регистрирует покупателя из полей формы; с ключом повторённый запрос даст того же."""
    try:
        customer = register()(
            name=request.POST.get("name", ""),
            email=request.POST.get("email", ""),
            idempotency_key=request.headers.get("Idempotency-Key"),
        )
    except EmailAlreadyRegisteredError:
        return JsonResponse({"email": "already registered"}, status=400)
    except InvalidCustomerError as error:
        return JsonResponse({one.field: one.code for one in error.broken_rules}, status=422)
    except DomainError as error:  # негоден сам ключ или с ним уже приходили другие данные
        return JsonResponse({"idempotency_key": str(error)}, status=422)
    except RepositoryUnavailableError:
        return JsonResponse({}, status=503, headers={"Retry-After": "5"})
    return JsonResponse({"id": customer.id}, status=201)
