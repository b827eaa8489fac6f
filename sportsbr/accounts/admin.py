"""Who may sign in, in Django's admin."""

from __future__ import annotations

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin

from sportsbr.accounts.models import Athlete, Club, Membership, User


class MembershipInline(admin.TabularInline):  # type: ignore[type-arg]  # no index at run time
    """A club's members on its page."""

    model = Membership
    extra = 0
    autocomplete_fields = ("user", "athletes")


@admin.register(User)
class EmailUserAdmin(UserAdmin):  # type: ignore[type-arg]  # no index at run time
    """Django's form for users, with the e-mail address as the name."""

    ordering = ("email",)
    list_display = ("email", "first_name", "last_name", "is_staff")
    search_fields = ("email", "first_name", "last_name")
    fieldsets = (
        (None, {"fields": ("email", "password")}),
        ("Name", {"fields": ("first_name", "last_name")}),
        ("Rights", {"fields": ("is_active", "is_staff", "is_superuser", "groups")}),
    )
    add_fieldsets = ((None, {"fields": ("email", "usable_password", "password1", "password2")}),)


@admin.register(Club)
class ClubAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # no index at run time
    """Clubs with their members."""

    list_display = ("name", "slug", "created_at")
    search_fields = ("name", "slug")
    inlines = (MembershipInline,)


@admin.register(Athlete)
class AthleteAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # no index at run time
    """The people who are filmed."""

    list_display = ("name", "club", "level", "handedness")
    list_filter = ("club",)
    search_fields = ("name",)
