// The values that the server and this page exchange, for the type checker. Nothing here runs.

/**
 * @typedef {object} ImageRef
 * @property {string} file
 * @property {string} media_type
 * @property {string} name
 *
 * @typedef {object} Tokens
 * @property {number} prompt
 * @property {number} cached
 * @property {number} thinking
 * @property {number} answer
 * @property {number} cancelled
 *
 * @typedef {object} Summary
 * @property {string} mode
 * @property {string} asked_mode
 * @property {string} reason
 * @property {string} stop_reason
 * @property {number} seconds
 * @property {number} thinking_seconds
 * @property {Tokens} tokens
 * @property {number} money
 * @property {number} agents
 * @property {number} finished
 * @property {number} agreeing
 * @property {number} rounds
 * @property {string} rule
 * @property {string} leader
 *
 * @typedef {object} Message
 * @property {string} id
 * @property {string} conversation
 * @property {string|null} parent
 * @property {"user"|"assistant"|"system"} role
 * @property {string} text
 * @property {ImageRef[]} images
 * @property {string} thinking
 * @property {number} created
 * @property {"done"|"running"|"stopped"|"interrupted"|"failed"} state
 * @property {string} model
 * @property {string} mode
 * @property {string|null} run
 * @property {string} error
 * @property {Summary|null} summary
 *
 * @typedef {object} Conversation
 * @property {string} id
 * @property {string} title
 * @property {number} created
 * @property {number} updated
 * @property {boolean} pinned
 * @property {string} folder
 * @property {string[]} tags
 * @property {"chat"|"comparison"} kind
 * @property {boolean} blind
 * @property {string} system
 * @property {string} model
 * @property {string} mode
 * @property {Options} options
 * @property {string|null} current
 * @property {number|null} deleted
 * @property {boolean} incognito
 * @property {string} [snippet]
 * @property {[number, number][]} [hits] where in the snippet, in code points
 * @property {[number, number][]} [title_hits]
 * @property {boolean} [running]
 *
 * @typedef {Record<string, string|number>} Options
 *
 * @typedef {object} Model
 * @property {string} name
 * @property {string} family
 * @property {string} origin
 * @property {string[]} modes
 * @property {boolean} images
 * @property {number|null} context
 * @property {{ok: boolean, message: string, checked: number}} health
 * @property {Record<string, string>} why
 *
 * @typedef {object} Session
 * @property {{id: string, name: string}|null} user
 * @property {boolean} login
 * @property {string} version
 * @property {string[]} languages
 * @property {{place: string, ok: boolean, message: string}} storage
 * @property {{max_image: number, max_body: number}} limits
 * @property {boolean} may_change_models
 *
 * @typedef {object} Picture
 * @property {string} id
 * @property {string} name
 * @property {string} media_type
 * @property {string} data base64
 * @property {string} url an address of the bytes in this tab
 *
 * @typedef {object} Unsent
 * @property {string} id the message's, made here, so that sending twice is harmless
 * @property {string} conversation
 * @property {string|null} parent
 * @property {string} text
 * @property {Picture[]} images
 * @property {string} model
 * @property {string} mode
 * @property {Options} options
 * @property {boolean} sending
 * @property {string} error
 *
 * @typedef {object} RunValue
 * @property {any} fold
 * @property {number} version
 * @property {string} state
 * @property {number} length
 */

export {};
