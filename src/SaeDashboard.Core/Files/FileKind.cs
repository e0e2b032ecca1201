namespace SaeDashboard.Core.Files;

/// <summary>What a name in a folder can be. Only a regular file is ever opened: opening a named pipe waits for whoever writes to it.</summary>
public enum FileKind
{
    /// <summary>A file with contents.</summary>
    Regular,

    /// <summary>A folder.</summary>
    Folder,

    /// <summary>A named pipe (FIFO).</summary>
    Pipe,

    /// <summary>A Unix socket.</summary>
    Socket,

    /// <summary>A character or block device.</summary>
    Device,
}
