namespace SaeDashboard.Core.Takes;

/// <summary>take.json: a take's settings and how far it has come. Beside it lie A.wav, C.wav (growing, PCM16) and codes.json once done.</summary>
public sealed record TakeManifest
{
    public int SchemaVersion { get; init; } = 1;

    public required string Id { get; init; }

    public required TakeSettings Settings { get; init; }

    /// <summary>One of <see cref="TakeStates"/>.</summary>
    public required string State { get; init; }

    public required DateTimeOffset CreatedUtc { get; init; }

    public DateTimeOffset? FinishedUtc { get; init; }

    /// <summary>SHA-256 of the model's weights; known once the model is loaded.</summary>
    public string? ModelHash { get; init; }

    /// <summary>SHA-256 of the codec's tensors: decides whether the codes can be played.</summary>
    public string? CodecHash { get; init; }

    /// <summary>SHA-256 of the SAE's weights.</summary>
    public string? SaeHash { get; init; }

    /// <summary>Where the SAE reads and writes, for example <c>layers.4.resid_post</c>.</summary>
    public string? Hook { get; init; }

    /// <summary>Samples a second of the WAVs.</summary>
    public int SampleRate { get; init; }

    /// <summary>Codec frames a second.</summary>
    public double FrameRate { get; init; }

    /// <summary>Of a take longer than the model's longest window: frames of a window; null: one window, or a take of before this was kept.</summary>
    public int? Window { get; init; }

    /// <summary>Of such a take: frames from one window's beginning to the next one's.</summary>
    public int? Stride { get; init; }

    /// <summary>Samples each arm will have when it is whole.</summary>
    public long Samples { get; init; }

    /// <summary>Times the steering hook ran: proof that strength 0 was computed, not skipped.</summary>
    public long HookCalls { get; init; }

    /// <summary>What went wrong, for a person.</summary>
    public string? Error { get; init; }

    /// <summary>What stands for a take whose own take.json cannot be read.</summary>
    /// <param name="id">Its folder's name.</param>
    /// <param name="why">What is wrong with it, for a person.</param>
    public static TakeManifest Unreadable(string id, string why) => new()
    {
        Id = id,
        Settings = new TakeSettings { ModelPath = "", Seed = 0, Frames = 0, Arms = [] },
        State = TakeStates.Unreadable,
        CreatedUtc = Ids.CreatedUtc(id) ?? DateTimeOffset.UnixEpoch,
        Error = why,
    };
}
