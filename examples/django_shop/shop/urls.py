"""Адреса магазина."""

from django.urls import path

from shop.views import sign_up

urlpatterns = [path("sign-up", sign_up)]
