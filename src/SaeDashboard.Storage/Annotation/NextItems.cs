using System.IO.Hashing;
using System.Runtime.InteropServices;
using SaeDashboard.Storage.Tables;

namespace SaeDashboard.Storage;

/// <summary>What a person could work on next in a queue.</summary>
/// <param name="Features">Items, best first: practice items; what they began or hold; gold items that are due; what others have judged and not enough of them; the rest in the queue's order.</param>
/// <param name="Practice">Whether the first of them is a practice item.</param>
/// <param name="Leased">Items that are left to the person but for others who are at work on them.</param>
public sealed record NextItems(IReadOnlyList<int> Features, bool Practice, int Leased)
{
    /// <summary>Nothing.</summary>
    public static NextItems None { get; } = new([], false, 0);

    // At most this many items apart, so that a new annotator meets the first ones soon.
    private const int GoldSpacing = 10;

    internal static NextItems Of(QueueBook book, string user, IReadOnlyDictionary<int, int> leases, IReadOnlyList<int> held, int most)
    {
        var content = book.Document!.Content;
        var person = book.Person(user);
        // Practice items are done one after the other, before anything counts.
        int[] practice = [.. content.Practice.Select(item => item.Feature).Where(feature => person?.Practised.Contains(feature) != true)];
        if (practice.Length > 0) return new NextItems([.. practice.Take(most)], true, 0);

        var chosen = new List<int>(most);
        var leased = 0;
        foreach (var feature in (person?.Drafts ?? []).Concat(held))
            if (content.Practice.All(item => item.Feature != feature) && (book.IsGold(feature) ? person?.HasDone(feature) != true : IsOpen(feature, count: false))) Take(feature);
        var gold = GoldOrder(book.Document!.Id, content, user);
        var done = person?.Done ?? 0;
        foreach (var (feature, due) in gold)
            if (due <= done + chosen.Count && person?.HasDone(feature) != true) Take(feature);
        foreach (var feature in book.Begun)
        {
            if (chosen.Count >= most) break;
            if (IsOpen(feature, count: false)) Take(feature);
        }
        foreach (var feature in content.Features)
        {
            if (chosen.Count >= most) break;
            if (IsOpen(feature, count: true)) Take(feature);
        }
        // At the end every gold item that is left is due.
        foreach (var (feature, _) in gold)
            if (chosen.Count < most && person?.HasDone(feature) != true) Take(feature);
        return new NextItems(chosen, false, leased);

        void Take(int feature)
        {
            if (chosen.Count < most && !chosen.Contains(feature)) chosen.Add(feature);
        }

        bool IsOpen(int feature, bool count)
        {
            if (book.State(feature) != ItemState.Open || book.IsGold(feature) || person?.HasDone(feature) == true) return false;
            var votes = book.Votes(feature);
            if (votes >= content.Overlap) return false;
            if (votes + leases.GetValueOrDefault(feature) < content.Overlap) return true;
            if (count) leased++;
            return false;
        }
    }

    /// <summary>The gold items in a person's order, each with how many items they have done when it is due. The same at every start, another for every person.</summary>
    internal static IReadOnlyList<(int Feature, int Due)> GoldOrder(string queue, QueueContent content, string user)
    {
        var spacing = Math.Clamp((content.Features.Count + content.Gold.Count) / Math.Max(1, content.Gold.Count), 1, GoldSpacing);
        return
        [
            .. content.Gold.OrderBy(item => Draw(queue, user, item.Feature)).ThenBy(item => item.Feature)
                .Select((item, place) => (item.Feature, place * spacing + (int)(Draw(queue, user, item.Feature, salt: 1) % (ulong)spacing))),
        ];
    }

    private static ulong Draw(string queue, string user, int feature, int salt = 0) => XxHash64.HashToUInt64(MemoryMarshal.AsBytes(FormattableString.Invariant($"{queue}|{user}|{feature}|{salt}").AsSpan()));
}
