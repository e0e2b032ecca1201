using System.Collections.Concurrent;
using System.Diagnostics.Tracing;

namespace SaeDashboard.Labelling.Tests.Models;

/// <summary>What the network's and the clients' libraries write to event logs, while this object lives.</summary>
internal sealed class LibraryEvents : EventListener
{
    private readonly ConcurrentQueue<string> texts = [];

    public IReadOnlyCollection<string> Texts => texts;

    protected override void OnEventSourceCreated(EventSource eventSource)
    {
        if (eventSource.Name is "System.Net.Http" or "System-ClientModel" or "System.ClientModel" or "System.Net.Sockets") EnableEvents(eventSource, EventLevel.Verbose, EventKeywords.All);
    }

    // The base class calls this before fields are set.
    protected override void OnEventWritten(EventWrittenEventArgs eventData) => texts?.Enqueue($"{eventData.EventName} {eventData.Message} {string.Join(' ', eventData.Payload ?? (IEnumerable<object?>)[])}");
}
