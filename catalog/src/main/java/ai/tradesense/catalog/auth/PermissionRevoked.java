package ai.tradesense.catalog.auth;

import ai.tradesense.catalog.rules.Description;
import ai.tradesense.catalog.rules.LongText;
import ai.tradesense.catalog.rules.Rules;
import ai.tradesense.events.EventData;
import ai.tradesense.events.EventName;
import java.time.Instant;

/// A user may not do something any more. Its subject is the user.
///
/// @param userId the user
/// @param accountId the account that it is about
/// @param permission what
/// @param reason why, in words
/// @param revokedAt since when
@EventName("Auth.Permission.Revoked.v1")
@Description("A user may not do something any more.")
public record PermissionRevoked(
        String userId,
        String accountId,
        Permission permission,
        @LongText String reason,
        Instant revokedAt) implements EventData {
    public PermissionRevoked {
        Rules.text("userId", userId);
        Rules.text("accountId", accountId);
        Rules.required("permission", permission);
        Rules.longText("reason", reason);
        Rules.required("revokedAt", revokedAt);
    }

    @Override
    public String subject() {
        return userId;
    }
}
