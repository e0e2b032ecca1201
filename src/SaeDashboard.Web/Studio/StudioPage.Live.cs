using System.Globalization;

namespace SaeDashboard.Web.Studio;

// The rack as the knobs of a running take.
public sealed partial class StudioPage
{
    /// <summary>The take whose knobs the rack turns: live, being made, and begun by this person; null: none.</summary>
    private TakeView? LiveTake => running && take is { Manifest.Settings.Live: not null } && take.Id == Draft.LiveTake ? take : null;

    // The strips of the live take as the rack has them now.
    private string LiveStrips() => string.Join(' ', Draft.Rack.Select(strip => (Strip: strip, Steer: SteerOf(strip))).Where(each => each.Steer >= 0)
        .Select(each => LiveStrip(each.Steer, each.Strip.Mode == RackModes.Ablate ? 0 : each.Strip.Strength, !heard.Contains(each.Strip.Key))));

    // And as the worker has them. Moves that a strip brought along are replayed: only those since then are knobs that were turned.
    private string LiveBegan(TakeSettings settings) => string.Join(' ', settings.Steers.Select((steer, i) =>
    {
        var brought = Draft.Rack.FirstOrDefault(strip => SteerOf(strip) == i)?.Moves ?? [];
        KnobMove[] turned = [.. (settings.Moves ?? []).Where(move => move.Strip == i && !brought.Contains(new StripMove(move.Column, move.Strength, move.Muted)))];
        var (strength, muted) = Automation.At(turned, i, int.MaxValue, steer.Strength, steer.Muted);
        return LiveStrip(i, strength, muted);
    }));

    private static string LiveStrip(int steer, double strength, bool muted) => string.Create(CultureInfo.InvariantCulture, $"{steer}:{strength:0.######}{(muted ? "m" : "")}");
}
