package ai.tradesense.desk;

import ai.tradesense.catalog.auth.Permission;
import ai.tradesense.catalog.auth.PermissionGranted;
import ai.tradesense.catalog.auth.PermissionRevoked;
import ai.tradesense.catalog.auth.SessionExpired;
import ai.tradesense.catalog.auth.UserLoggedIn;
import ai.tradesense.catalog.auth.UserLoggedOut;
import ai.tradesense.catalog.challenge.ChallengeFailed;
import ai.tradesense.catalog.challenge.ChallengePhase;
import ai.tradesense.catalog.challenge.ChallengeStarted;
import ai.tradesense.catalog.challenge.PhaseAdvanced;
import ai.tradesense.desk.firm.Member;
import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.EventData;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Who is logged in and who may do what. Permissions follow the challenge; a session that was never ended is found
/// to have expired when the user logs in again.
///
/// Sessions are of the domain `Auth` and permissions of `Challenge`: those are two streams, so what is kept for one
/// is not looked at for the other.
final class AccessWorker extends LearningWorker<AccessWorker.User> {
    /// What one stream of a user says: that of the sessions, or that of the permissions.
    static final class User {
        private @Nullable UserLoggedIn open;
        private int begun;
        private int expired;
        private final Set<Permission> held = EnumSet.noneOf(Permission.class);
    }

    /// What is known of a user.
    ///
    /// @param permissions in the order of [Permission]
    record Access(int sessions, int expiredSessions, List<Permission> permissions) {}

    AccessWorker(Surroundings surroundings) {
        super(
                "desk-access",
                surroundings,
                "Auth.User.LoggedIn.v1",
                "Auth.User.LoggedOut.v1",
                "Challenge.Started.v1",
                "Challenge.Failed.v1",
                "Challenge.Phase.Advanced.v1");
    }

    @Override
    User nothingKnown(Member member) {
        return new User();
    }

    @Override
    List<EventData> learn(User user, DomainEvent event) {
        return switch (data(event)) {
            case UserLoggedIn login -> logIn(user, login);
            case UserLoggedOut logout -> {
                user.open = null;
                yield List.of();
            }
            case ChallengeStarted started ->
                grant(
                        user,
                        new PermissionGranted(
                                started.userId(),
                                started.accountId(),
                                Permission.TRADE_CHALLENGE,
                                "started a challenge",
                                event.time()));
            case PhaseAdvanced advanced
            when advanced.toPhase() == ChallengePhase.FUNDED ->
                grant(
                        user,
                        new PermissionGranted(
                                advanced.userId(),
                                advanced.accountId(),
                                Permission.TRADE_FUNDED,
                                "passed both phases",
                                event.time()));
            case PhaseAdvanced advanced -> List.of(); // the second phase is traded with the same permission
            case ChallengeFailed failed -> revoke(user, failed, event.time());
            default -> throw new IllegalArgumentException("access does not depend on " + event.type());
        };
    }

    private static List<EventData> logIn(User user, UserLoggedIn login) {
        UserLoggedIn earlier = user.open;
        user.open = login;
        user.begun++;
        if (earlier == null) {
            return List.of();
        }
        user.expired++;
        Instant end = earlier.expiresAt().isBefore(login.loggedInAt()) ? earlier.expiresAt() : login.loggedInAt();
        return List.of(new SessionExpired(login.userId(), earlier.sessionId(), earlier.loggedInAt(), end));
    }

    private static List<EventData> grant(User user, PermissionGranted granted) {
        user.held.add(granted.permission());
        return List.of(granted);
    }

    private static List<EventData> revoke(User user, ChallengeFailed failed, Instant at) {
        List<EventData> revoked = user.held.stream()
                .<EventData>map(permission -> new PermissionRevoked(
                        failed.userId(), failed.accountId(), permission, "broke the rule " + failed.rule(), at))
                .toList();
        user.held.clear();
        return revoked;
    }

    Access access(Member member) {
        List<Permission> held = of(member.challenge(), member, user -> List.copyOf(user.held));
        return of(member.auth(), member, user -> new Access(user.begun, user.expired, held));
    }
}
