namespace SaeDashboard.Web.Annotation;

/// <summary>
/// Who is at work on which item. In memory: after a restart people hold what they have a recent draft of, and what is sent is taken as far as the queue's
/// overlap allows. A lease ends by itself; every sign of work on the item renews it.
/// </summary>
public sealed class ItemLeases(TimeProvider clock)
{
    /// <summary>How long a lease lasts without a sign of work.</summary>
    public static readonly TimeSpan Length = TimeSpan.FromMinutes(15);

    private readonly Lock gate = new();
    private readonly Dictionary<string, Dictionary<(int Feature, string User), Lease>> queues = new(StringComparer.Ordinal);
    private long last;

    /// <summary>Chooses items for a person and leases them, as one step: two people who ask at once are not given the last place of the same item.</summary>
    /// <param name="queue">The queue.</param>
    /// <param name="user">The person.</param>
    /// <param name="choose">Chooses, given how many others are at work on each item, and the items that the person holds already, the first one first.</param>
    /// <returns>The chosen items with the end of each lease.</returns>
    public IReadOnlyList<(int Feature, DateTimeOffset Until)> Take(string queue, string user, Func<IReadOnlyDictionary<int, int>, IReadOnlyList<int>, IReadOnlyList<int>> choose)
    {
        lock (gate)
        {
            var leases = Current(queue);
            var until = clock.GetUtcNow() + Length;
            var chosen = choose(CountOthers(leases, user), [.. leases.Where(lease => lease.Key.User == user).OrderBy(lease => lease.Value.Number).Select(lease => lease.Key.Feature)]);
            foreach (var feature in chosen) Set(leases, feature, user, until);
            return [.. chosen.Select(feature => (feature, until))];
        }
    }

    /// <summary>Renews a person's lease of an item, or takes it again if there is room.</summary>
    /// <param name="queue">The queue.</param>
    /// <param name="feature">The item.</param>
    /// <param name="user">The person.</param>
    /// <param name="places">How many people may be at work on the item now.</param>
    /// <returns>The end of the lease; null: it was lost, and others are at work on the item.</returns>
    public DateTimeOffset? Renew(string queue, int feature, string user, int places)
    {
        lock (gate)
        {
            var leases = Current(queue);
            if (!leases.ContainsKey((feature, user)) && leases.Keys.Count(lease => lease.Feature == feature) >= places) return null;
            var until = clock.GetUtcNow() + Length;
            Set(leases, feature, user, until);
            return until;
        }
    }

    /// <summary>Takes up a lease of before a restart: the person's draft says that they were at work on the item.</summary>
    public void Resume(string queue, int feature, string user, DateTimeOffset lastWork)
    {
        lock (gate) Set(Current(queue), feature, user, lastWork + Length);
    }

    /// <summary>Ends a person's lease of an item.</summary>
    public void End(string queue, int feature, string user)
    {
        lock (gate) Current(queue).Remove((feature, user));
    }

    /// <summary>The others who are at work on an item, by their ids.</summary>
    public IReadOnlyList<string> Others(string queue, int feature, string user)
    {
        lock (gate) return [.. Current(queue).Keys.Where(lease => lease.Feature == feature && lease.User != user).Select(lease => lease.User)];
    }

    /// <summary>Whether a person holds an item.</summary>
    public bool Holds(string queue, int feature, string user)
    {
        lock (gate) return Current(queue).ContainsKey((feature, user));
    }

    private void Set(Dictionary<(int Feature, string User), Lease> leases, int feature, string user, DateTimeOffset until) =>
        leases[(feature, user)] = new Lease(leases.TryGetValue((feature, user), out var held) ? held.Number : ++last, until);

    private static Dictionary<int, int> CountOthers(Dictionary<(int Feature, string User), Lease> leases, string user)
    {
        var others = new Dictionary<int, int>();
        foreach (var (feature, holder) in leases.Keys)
            if (holder != user) others[feature] = others.GetValueOrDefault(feature) + 1;
        return others;
    }

    /// <summary>A queue's leases, without those that have ended.</summary>
    private Dictionary<(int Feature, string User), Lease> Current(string queue)
    {
        if (!queues.TryGetValue(queue, out var leases)) queues[queue] = leases = [];
        var now = clock.GetUtcNow();
        foreach (var ended in leases.Where(lease => lease.Value.Until <= now).Select(lease => lease.Key).ToArray()) leases.Remove(ended);
        return leases;
    }

    /// <summary>A lease.</summary>
    /// <param name="Number">In the order in which leases were taken.</param>
    /// <param name="Until">When it ends.</param>
    private readonly record struct Lease(long Number, DateTimeOffset Until);
}
